import { afterEach, describe, expect, it } from '@jest/globals';
import type { CrateStatus } from '@holdfast/protocol';
import { Coast, idOf } from '../../test/coast.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

/** A crate that waits for bob at an archive, which says of its status what the test wants. */
async function acceptedCrate() {
  const [archive] = coast.archives(1);
  const bob = await coast.client([archive]);
  await bob.client.openMailbox();
  const { client, problems } = await coast.client([archive], { statusBy: 'id' });
  const { id, crates } = await client.send({ to: bob.author, text: 'hello', expiryHours: 1 });
  await client.waitForStatus(id, 'durable');
  const { crate } = crates[0]!;
  let status: Omit<CrateStatus, 'crate'> = { status: 'accepted' };
  archive.handlers.status = ({ n, crates: asked }, say) =>
    say({ op: 'statuses', n, statuses: asked.map((one) => ({ crate: one, ...status })) });
  /** Has bob collect, and answers the secret that he has acknowledged the crate with. */
  const receipt = async (): Promise<string> => {
    await bob.client.inbox(() => undefined, { watch: false });
    return archive.crates.get(crate)!.proof!;
  };
  /** Has bob refuse it, and answers the signature that says so. */
  const refusal = async (): Promise<string> => {
    await bob.client.inbox(() => undefined, { watch: false, receipts: false });
    return archive.crates.get(crate)!.proof!;
  };
  const say = (answer: typeof status): void => {
    status = answer;
  };
  return { archive, client, problems, bob: bob.author, id, crate, receipt, refusal, say };
}

describe('a crate at an archive that need not be trusted', () => {
  it('is delivered on a receipt that fits, and on no word without one', async () => {
    const { client, problems, id, crate, say, receipt } = await acceptedCrate();
    say({ status: 'delivered', proof: idOf(5) });
    await coast.until(() => problems.length > 0);
    expect(problems[0]).toMatchObject({ code: 'answer-invalid', id: crate });
    say({ status: 'recalled' });
    await coast.until(() => problems.some(({ detail }) => detail.includes('recalled')));
    expect((await client.status(id)).status).toBe('durable');
    say({ status: 'delivered', proof: await receipt() });
    expect((await client.waitForStatus(id, 'delivered')).status).toBe('delivered');
  });

  it('is deposited again, and the same, when the archive has lost it; its status does not go back', async () => {
    const { archive, client, id, crate, say, receipt } = await acceptedCrate();
    const statuses: string[] = [];
    client.on('status', ({ crate: moved }) => statuses.push(moved.status));
    const secret = await receipt();
    archive.crates.clear();
    say({ status: 'unknown' });
    await coast.until(() => archive.crates.has(crate));
    expect((await client.status(id)).status).toBe('durable');
    say({ status: 'delivered', proof: secret });
    await client.waitForStatus(id, 'delivered');
    expect(statuses).toEqual(['delivered']);
    const envelopes = archive.requests.flatMap((request) =>
      request.op === 'deposit' ? [request.envelope] : [],
    );
    expect(envelopes.length).toBeGreaterThanOrEqual(2);
    expect(new Set(envelopes).size).toBe(1);
  });

  it('is reported as expired or discarded when the archive says so', async () => {
    for (const end of ['expired', 'discarded'] as const) {
      const { client, id, say, refusal } = await acceptedCrate();
      say({ status: end, ...(end === 'discarded' ? { proof: await refusal() } : {}) });
      expect((await client.waitForStatus(id, 'delivered')).status).toBe(end);
    }
  });

  it('is recalled at once when no archive ever had it', async () => {
    const { archive, client, bob } = await acceptedCrate();
    archive.handlers.deposit = ({ n }, say) =>
      say({ op: 'error', n, code: 'quota-exceeded', detail: 'Full.', retryable: true });
    archive.handlers.recall = ({ n }, say) =>
      say({ op: 'error', n, code: 'crate-not-found', detail: 'Not here.', retryable: false });
    const { id } = await client.send({ to: bob, text: 'never mind' });
    expect((await client.recall(id)).status).toBe('recalled');
  });
});
