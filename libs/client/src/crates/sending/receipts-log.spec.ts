import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import { Coast, idOf, lasting } from '../../../test/coast.js';
import { hexOf, type CrateArchive } from '../../../test/crate-archive.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());
afterEach(() => {
  jest.restoreAllMocks();
  passedHours = 0;
});

const now = Date.now.bind(Date);
let passedHours = 0;

/** Lets hours pass at once, with the clients going on. */
function pass(hours: number): void {
  passedHours += hours;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + passedHours * 3_600_000);
}

/** Somebody with a mailbox at the archive, who collects when told to. */
async function recipientAt(archive: CrateArchive) {
  const { client, author } = await coast.client([archive]);
  await client.openMailbox();
  return { author, collect: (receipts = true) => client.inbox(() => undefined, { watch: false, receipts }) };
}

describe('a sender', () => {
  it('hears of deliveries from the receipts log, and names no crate to the archive for it', async () => {
    const [archive] = coast.archives(1);
    const bob = await recipientAt(archive);
    const { client } = await coast.client([archive]);
    const sent = await client.send({ to: bob.author, text: 'hello' });
    await client.waitForStatus(sent.id, 'durable');
    await bob.collect();
    expect(await client.waitForStatus(sent.id, 'delivered')).toMatchObject({
      status: 'delivered',
      safe: true,
    });
    const refused = await client.send({ to: bob.author, text: 'hello' });
    await client.waitForStatus(refused.id, 'durable');
    await bob.collect(false);
    expect(await client.waitForStatus(refused.id, 'delivered')).toMatchObject({
      status: 'discarded',
      safe: false,
    });
    expect(archive.count('status')).toBe(0);
    expect(archive.asked('receipts').every(({ shard }) => shard === '')).toBe(true);
  });

  it('believes no entry whose proof does not fit, and says so', async () => {
    const [archive] = coast.archives(1);
    const bob = await recipientAt(archive);
    const { client, problems } = await coast.client([archive]);
    const { id, crates } = await client.send({ to: bob.author, text: 'hello' });
    const { crate } = crates[0]!;
    await client.waitForStatus(id, 'durable');
    for (const status of ['delivered', 'discarded', 'recalled'] as const) {
      const entries = [{ crate, status, proof: idOf(3) }];
      archive.handlers.receipts = ({ n, epoch, shard }, say) =>
        say({ op: 'released', n, ...archive.released(epoch!, shard), entries });
      await coast.until(() => problems.some(({ detail }) => detail.includes(status)));
    }
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatchObject({ code: 'answer-invalid', url: archive.url, id: crate });
    expect((await client.status(id)).status).toBe('durable');
  });

  it('asks for a part of an hour only when the whole is too long, and only for its own crates’', async () => {
    const [archive] = coast.archives(1);
    const bob = await recipientAt(archive);
    const others = await coast.client([archive]);
    for (let i = 0; i < 20; i++) await others.client.send({ to: bob.author, text: `${i}` });
    await others.client.tried();
    await others.client.close();
    const { client } = await coast.client([archive]);
    const { id, crates } = await client.send({ to: bob.author, text: 'hello' });
    await client.waitForStatus(id, 'durable');
    // Two, for one other crate may begin with the same four digits as ours.
    archive.entriesMax = 2;
    await bob.collect();
    await client.waitForStatus(id, 'delivered');
    const shards = new Set(archive.asked('receipts').map(({ shard }) => shard));
    const own = hexOf(crates[0]!.crate);
    expect(shards.size).toBeGreaterThan(1);
    for (const shard of shards) expect(own.startsWith(shard)).toBe(true);
  });

  it('reads hours that are over once, also after a restart, and finds what left in them', async () => {
    const [archive] = coast.archives(1);
    archive.hoursAhead = 7;
    const [bob, carol] = [await recipientAt(archive), await recipientAt(archive)];
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const first = await coast.client([archive], { identity, storage });
    const toBob = await first.client.send({ to: bob.author, text: 'hello' });
    const toCarol = await first.client.send({ to: carol.author, text: 'hello' });
    await first.client.waitForStatus(toBob.id, 'durable');
    await first.client.waitForStatus(toCarol.id, 'durable');
    await first.client.close();
    const hour = archive.hour;
    await bob.collect();
    pass(6);

    const second = await coast.client([archive], { identity, storage });
    expect((await second.client.waitForStatus(toBob.id, 'delivered')).status).toBe('delivered');
    await coast.until(() => archive.asked('receipts').some(({ epoch }) => epoch === archive.hour));
    await second.client.close();
    const before = archive.requests.length;
    const third = await coast.client([archive], { identity, storage });
    // What it asks by id when the link opens comes before the log.
    await coast.until(() => archive.requests.slice(before).some(({ op }) => op === 'receipts'));
    await carol.collect();
    expect((await third.client.waitForStatus(toCarol.id, 'delivered')).status).toBe('delivered');
    const later = archive.requests.slice(before).flatMap((one) => (one.op === 'receipts' ? [one.epoch] : []));
    expect(later.length).toBeGreaterThan(0);
    expect(later.every((epoch) => epoch !== undefined && epoch > hour)).toBe(true);
  });

  it('reads hours again that the archive’s clock goes through twice because it was set back', async () => {
    const [archive] = coast.archives(1);
    archive.hoursAhead = 6;
    const [bob, carol] = [await recipientAt(archive), await recipientAt(archive)];
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const first = await coast.client([archive], { identity, storage });
    const toBob = await first.client.send({ to: bob.author, text: 'hello' });
    const toCarol = await first.client.send({ to: carol.author, text: 'hello' });
    await first.client.waitForStatus(toBob.id, 'durable');
    await first.client.waitForStatus(toCarol.id, 'durable');
    await bob.collect();
    await first.client.waitForStatus(toBob.id, 'delivered');
    await first.client.close();
    pass(3);
    const second = await coast.client([archive], { identity, storage });
    const hour = archive.hour;
    await coast.until(() => archive.asked('receipts').some(({ epoch }) => epoch === hour));
    await second.client.close();
    expect((await storage.list('receipts/')).length).toBe(1);

    archive.hoursAhead = 0;
    pass(2);
    await carol.collect();
    // Only the log tells of it, and by now the clock is where it was when the log was last read.
    pass(7);
    const third = await coast.client([archive], { identity, storage });
    archive.handlers.status = ({ n, crates }, say) =>
      say({ op: 'statuses', n, statuses: crates.map((crate) => ({ crate, status: 'accepted' })) });
    expect((await third.client.waitForStatus(toCarol.id, 'delivered')).status).toBe('delivered');
  });

  it('takes up what another program has sent before it passes over an hour', async () => {
    const [archive] = coast.archives(1);
    const [bob, carol] = [await recipientAt(archive), await recipientAt(archive)];
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const staying = await coast.client([archive], { identity, storage });
    const own = await staying.client.send({ to: carol.author, text: 'hello' });
    await staying.client.waitForStatus(own.id, 'durable');
    const passing = await coast.client([archive], { identity, storage });
    const { id } = await passing.client.send({ to: bob.author, text: 'hello' });
    await passing.client.waitForStatus(id, 'durable');
    await passing.client.close();
    await bob.collect();
    pass(2);
    const statuses: string[] = [];
    staying.client.on('status', ({ message, crate }) => statuses.push(`${message.id} ${crate.status}`));
    await coast.until(() => statuses.includes(`${id} delivered`));
  });

  it('asks by id when the application wants that, and then reads no log', async () => {
    const [archive] = coast.archives(1);
    const bob = await recipientAt(archive);
    const { client } = await coast.client([archive], { statusBy: 'id' });
    const { id } = await client.send({ to: bob.author, text: 'hello' });
    await client.waitForStatus(id, 'durable');
    await bob.collect();
    expect((await client.waitForStatus(id, 'delivered')).status).toBe('delivered');
    expect([archive.count('receipts'), archive.count('status') > 0]).toEqual([0, true]);
  });

  it('asks once after a link has opened again, for the archive may have lost the crate, and deposits it again', async () => {
    const [archive] = coast.archives(1);
    const bob = await recipientAt(archive);
    const { client } = await coast.client([archive]);
    const { id, crates } = await client.send({ to: bob.author, text: 'hello' });
    await client.waitForStatus(id, 'durable');
    archive.crates.clear();
    archive.hangUp();
    await coast.until(() => archive.crates.has(crates[0]!.crate));
    const read = archive.count('receipts');
    await coast.until(() => archive.count('receipts') > read + 1);
    expect(archive.count('status')).toBe(1);
    expect((await client.status(id)).status).toBe('durable');
  });
});
