import { afterEach, describe, expect, it } from '@jest/globals';
import {
  decodeBase64url,
  generatePrivateJwk,
  parseEnvelope,
  signCustody,
  signingKeyFromJwk,
} from '@holdfast/protocol';
import { Coast, idOf, lasting } from '../../../test/coast.js';
import type { CrateArchive } from '../../../test/crate-archive.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

const now = (): number => Math.floor(Date.now() / 1000);

/** Has the archive take deposits and answer with other custody receipts than its own. */
function promising(archive: CrateArchive, custodyOf: (envelope: string) => Promise<string>): void {
  archive.handlers.deposit = async ({ n, envelope }, say) => {
    const { crate } = await archive.take(envelope);
    say({ op: 'deposited', n, crate, status: 'accepted', custody: await custodyOf(envelope) });
  };
}

/** What an honest promise of the archive says. */
async function terms(archive: CrateArchive, envelope: string) {
  const { crate } = await archive.take(envelope);
  const bytes = decodeBase64url(envelope)!;
  const parsed = parseEnvelope(bytes);
  if (!parsed.ok) throw new Error(parsed.detail);
  return { crate, sizeBytes: bytes.length, expiryHour: parsed.value.expiryHour };
}

describe('a promise to hold a crate', () => {
  it('counts for nothing and is told of when it is forged, replayed, or of another archive', async () => {
    const [bobs, one] = coast.archives(2);
    const bob = await coast.mailboxAt(bobs);
    const stranger = await signingKeyFromJwk(await generatePrivateJwk());
    let earlier = '';
    const wrong: ((envelope: string) => Promise<string>)[] = [
      async () => '',
      async (envelope) => {
        earlier = await one.promise(await terms(one, envelope));
        return earlier.slice(0, -8) + 'AAAAAAAA';
      },
      // For another crate.
      async () => earlier,
      async (envelope) => one.promise({ ...(await terms(one, envelope)), sizeBytes: 16_384 }),
      async (envelope) => signCustody(await terms(one, envelope), now(), stranger),
      async (envelope) => bobs.promise(await terms(one, envelope)),
    ];
    for (const custodyOf of wrong) {
      promising(one, custodyOf);
      const { client, problems } = await coast.client([bobs, one]);
      const { id, crates } = await client.send({ to: bob, text: 'hello' });
      await coast.until(() => problems.length > 0);
      expect(problems).toMatchObject([{ code: 'custody-invalid', url: one.url, id: crates[0]!.crate }]);
      await client.tried();
      const status = await client.status(id);
      expect(status).toMatchObject({ status: 'accepted', copies: { held: 1, wanted: 2, possible: 2 } });
      expect(status.crates[0]).toMatchObject({
        custody: [{ archive: bobs.id, url: bobs.url }],
        pending: [{ url: one.url }],
      });
    }
  });

  it('is asked for again, ever later, where the promise was flawed, and another archive takes that one’s place', async () => {
    const [liar, bobs, third] = coast.archives(3);
    const bob = await coast.mailboxAt(bobs);
    for (const record of bobs.log) liar.commit(record);
    const take = liar.handlers.deposit!;
    promising(
      liar,
      async (envelope) => (await liar.promise(await terms(liar, envelope))).slice(0, -8) + 'AAAAAAAA',
    );
    const clock = coast.clock();
    clock.dice = 0.5;
    const { client, problems } = await coast.client([bobs, liar, third], { clock, holders: 2 });
    const { id } = await client.send({ to: bob, text: 'hello' });
    expect((await client.waitForStatus(id, 'durable')).crates[0]).toMatchObject({
      // In whichever order they have promised.
      custody: expect.arrayContaining([bobs, third].map(({ url }) => expect.objectContaining({ url }))),
    });

    // With nobody to take its place it is asked again, until it promises what it holds.
    const alone = await coast.client([bobs, liar], { clock });
    const before = liar.count('deposit');
    const sent = await alone.client.send({ to: bob, text: 'hello' });
    for (const again of [1, 2, 3]) {
      await coast.until(() => liar.count('deposit') === before + again);
      await alone.client.tried();
      clock.jump({ seconds: 60 });
    }
    expect((await alone.client.status(sent.id)).status).toBe('accepted');
    liar.handlers.deposit = take;
    clock.jump({ seconds: 60 });
    expect((await alone.client.waitForStatus(sent.id, 'durable')).copies.held).toBe(2);
    expect(problems).toMatchObject([{ code: 'custody-invalid', url: liar.url }]);
    expect(alone.problems).toHaveLength(1);
  });

  it('is asked of one archive where only one is known, and of as many as the message wants', async () => {
    const [one, other] = coast.archives(2);
    const bob = await coast.mailboxAt(one);
    const alone = await coast.client([one]);
    const sent = await alone.client.send({ to: bob, text: 'hello' });
    expect(await alone.client.waitForStatus(sent.id, 'durable')).toMatchObject({
      status: 'durable',
      copies: { held: 1, wanted: 2, possible: 1 },
    });
    other.isDown = true;
    const both = await coast.client([one, other]);
    const modest = await both.client.send({ to: bob, text: 'hello', copies: 1 });
    const careful = await both.client.send({ to: bob, text: 'hello' });
    expect((await both.client.waitForStatus(modest.id, 'durable')).status).toBe('durable');
    await both.client.waitForStatus(careful.id, 'accepted');
    expect(await both.client.status(careful.id)).toMatchObject({ status: 'accepted' });
    other.isDown = false;
    expect((await both.client.waitForStatus(careful.id, 'durable')).copies.held).toBe(2);
    await expect(both.client.send({ to: bob, text: 'hello', copies: 0 })).rejects.toMatchObject({
      code: 'request-malformed',
    });
  });

  it('comes from the archive that brings the crate, and is believed of those that the card names', async () => {
    const [alices, bobs, mallorys] = coast.archives(3);
    const bob = await coast.mailboxAt(bobs);
    for (const record of bobs.log) alices.commit(record);
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const card = { ...(await cardOf(bobs)), author: bob, ids: [bobs.id], record: idOf(1), iat: now() };
    const cards = JSON.stringify({ cards: [card], at: now() });
    await storage.write([{ key: `card/${bob}`, value: cards }]);
    const { client, problems } = await coast.client([alices], { identity, storage });
    alices.log.length = 0;
    const { id, crates } = await client.send({ to: bob, text: 'hello' });
    const { crate } = crates[0]!;
    await client.waitForStatus(id, 'accepted');
    expect(await client.status(id)).toMatchObject({ status: 'accepted', copies: { held: 1, possible: 2 } });
    await coast.until(() => alices.count('status') > 0);
    const [pending] = (await client.askStatus(id)).status.crates[0]!.pending;
    expect(pending).toEqual({ url: bobs.url, via: alices.url, attempts: 1, code: 'archive-unreachable' });

    const kept = alices.crates.get(crate)!;
    const { kept: elsewhere } = await mallorys.take(kept.envelope);
    kept.custody!.push(elsewhere.custody![0]!);
    await coast.until(() => problems.length > 0);
    expect(problems).toMatchObject([{ code: 'custody-invalid', url: alices.url, id: crate }]);
    expect((await client.status(id)).status).toBe('accepted');
    await alices.bringTo(bobs);
    const durable = await client.waitForStatus(id, 'durable');
    expect(durable.crates[0]).toMatchObject({
      custody: [{ archive: alices.id }, { archive: bobs.id, url: bobs.url }],
      pending: [],
    });
    // What is durable is not asked for by its id any more.
    const asked = alices.count('status');
    const read = alices.count('receipts');
    await coast.until(() => alices.count('receipts') > read + 1);
    expect(alices.count('status')).toBe(asked);
  });
});

/** The card that the archive holds. */
async function cardOf(archive: CrateArchive): Promise<object> {
  const { body } = archive.log.find(({ collection }) => collection === 'keys')!;
  return body as object;
}
