import { afterEach, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import { Coast, lasting } from '../../../test/coast.js';
import type { CrateArchive } from '../../../test/crate-archive.js';
import { archivesOfOutstanding } from '../../index.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

/** Copies the cards that one archive holds to another, as gossip does. */
function gossip(from: CrateArchive, to: CrateArchive): void {
  for (const record of from.log) to.commit(record);
}

describe('where a crate is brought', () => {
  it('are the archives where its recipient looks, and as many of ours as holders are wanted', async () => {
    const [alices, bobs, third] = coast.archives(3);
    const bob = await coast.mailboxAt(bobs);
    gossip(bobs, alices);
    const { client } = await coast.client([alices, third, bobs], { holders: 2 });
    const { id, crates } = await client.send({ to: bob, text: 'hello' });
    await client.waitForStatus(id, 'durable');
    expect([alices, bobs, third].map(({ crates: held }) => held.has(crates[0]!.crate))).toEqual([
      true,
      true,
      false,
    ]);
    expect(bobs.asked('deposit')).toMatchObject([{ holders: [alices.url] }]);
    expect(alices.asked('deposit')).toMatchObject([{ holders: [bobs.url] }]);
  });

  it('is one of ours that brings it to those to which there is no link, and theirs too once there is', async () => {
    const [alices, bobs] = coast.archives(2);
    const bob = await coast.mailboxAt(bobs);
    gossip(bobs, alices);
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const first = await coast.client([alices], { identity, storage });
    const { id, crates } = await first.client.send({ to: bob, text: 'hello' });
    const { crate } = crates[0]!;
    await first.client.waitForStatus(id, 'accepted');
    await first.client.close();
    expect([alices.crates.has(crate), bobs.crates.has(crate)]).toEqual([true, false]);
    expect(alices.asked('deposit')).toMatchObject([{ bring: [bobs.url] }]);
    const seen = bobs.requests.length;

    expect([...(await archivesOfOutstanding(storage))].sort()).toEqual([alices.url, bobs.url]);
    const own = [alices.url, { url: bobs.url, cratesOnly: true }];
    const second = await coast.client([], { identity, storage, archives: own });
    await coast.until(() => bobs.crates.has(crate));
    await second.client.tried();
    const { status } = await second.client.askStatus(id);
    expect(status.copies).toEqual({ held: 2, wanted: 2, possible: 2 });
    // The other archive is there for crates and for nothing else.
    await second.client.openMailbox();
    await second.client.inbox(() => undefined, { watch: false });
    await second.client.query({ author: bob });
    const ops = new Set(bobs.requests.slice(seen).map(({ op }) => op));
    ops.delete('receipts');
    expect(ops).toEqual(new Set(['deposit', 'status']));
    expect(alices.log.at(-1)!.body).toMatchObject({ archives: [alices.url] });
  });

  it('is brought by one of ours while the link to the recipient’s is down, and by another one when that dies', async () => {
    const [one, other, bobs] = coast.archives(3);
    const bob = await coast.mailboxAt(bobs);
    gossip(bobs, one);
    bobs.isDown = true;
    const { client } = await coast.client([one, other, bobs]);
    const { id, crates } = await client.send({ to: bob, text: 'hello' });
    const { crate } = crates[0]!;
    const entryOf = (among: readonly CrateArchive[]) =>
      among.find(({ crates: held }) => held.get(crate)?.toBring?.has(bobs.url) === true);
    await coast.until(() => entryOf([one, other]) !== undefined);
    const entry = entryOf([one, other])!;
    const next = entry === one ? other : one;
    entry.isDown = true;
    entry.hangUp();
    await coast.until(() => entryOf([next]) !== undefined);
    await next.bringTo(bobs);
    expect(bobs.crates.has(crate)).toBe(true);
    expect((await client.askStatus(id)).status.crates[0]!.pending).toEqual([]);
  });

  it('is not held up by crates for a mailbox that is full', async () => {
    const [archive] = coast.archives(1);
    const [bob, carol] = [await coast.mailboxAt(archive), await coast.mailboxAt(archive)];
    const take = archive.handlers.deposit!;
    let isFull = true;
    archive.handlers.deposit = (request, say) =>
      isFull
        ? say({ op: 'error', n: request.n, code: 'quota-exceeded', detail: 'Full.', retryable: true })
        : take(request, say);
    const { client } = await coast.client([archive]);
    for (let i = 0; i < 20; i++) await client.send({ to: bob, text: `${i}` });
    await client.tried();
    isFull = false;
    const { id } = await client.send({ to: carol, text: 'hello' });
    expect((await client.waitForStatus(id, 'durable')).status).toBe('durable');
  });

  it('is another one when one has no room, and that one when the time has come that it named', async () => {
    const [bobs, second, third] = coast.archives(3);
    const clock = coast.clock();
    const bob = await coast.mailboxAt(bobs, second);
    const take = second.handlers.deposit!;
    const until = Math.ceil(clock.now() / 1000) + 600;
    second.handlers.deposit = (request, say) =>
      say({
        op: 'error',
        n: request.n,
        code: 'quota-exceeded',
        detail: 'Full.',
        retryable: true,
        quota: 'mailbox-crates',
        until,
      });
    const { client } = await coast.client([bobs, second, third], { holders: 2, clock });
    const { id, crates } = await client.send({ to: bob, text: 'hello' });
    expect((await client.waitForStatus(id, 'durable')).crates[0]).toMatchObject({
      custody: bothOf(bobs.url, third.url),
      pending: [],
    });

    // With nobody to take its place it is waited for, and no sooner asked again.
    const more = await coast.client([bobs, second], { holders: 2, clock });
    const other = await more.client.send({ to: bob, text: 'hello' });
    await coast.until(() => second.count('deposit') > 1);
    await more.client.waitForStatus(other.id, 'accepted');
    await more.client.tried();
    const { pending } = (await more.client.status(other.id)).crates[0]!;
    expect(pending).toMatchObject([{ url: second.url, attempts: 1, code: 'quota-exceeded' }]);
    const nextAttemptAt = pending[0]!.nextAttemptAt!;
    expect(nextAttemptAt).toBeGreaterThanOrEqual(until);
    second.handlers.deposit = take;
    const asked = second.count('deposit');
    clock.jump({ seconds: 300 });
    await more.client.tried();
    await more.client.query({ limit: 1 });
    expect(second.count('deposit')).toBe(asked);
    clock.jump({ seconds: nextAttemptAt - Math.floor(clock.now() / 1000) });
    await more.client.waitForStatus(other.id, 'durable');
    expect(second.crates.has(crates[0]!.crate)).toBe(false);
  });
});

describe('that everything has been tried', () => {
  it('is so while no archive can be reached, and again when one that has come back has answered', async () => {
    const [own, bobs] = coast.archives(2);
    const bob = await coast.mailboxAt(bobs);
    gossip(bobs, own);
    const { client } = await coast.client([own, bobs], { patienceMs: 600_000 });
    await client.waitForStatus((await client.send({ to: bob, text: 'to know the card' })).id, 'durable');
    for (const archive of [own, bobs]) {
      archive.isDown = true;
      archive.hangUp();
    }
    await coast.until(() => client.archives.every(({ state }) => state.name === 'waiting'));
    const { id } = await client.send({ to: bob, text: 'in the dark' });
    await client.tried();
    expect((await client.status(id)).status).toBe('local');

    own.isDown = false;
    await client.waitForStatus(id, 'accepted');
    await client.tried();

    const order: string[] = [];
    const take = bobs.handlers.deposit!;
    const taking = new Promise<void>((resolve) => {
      bobs.handlers.deposit = async (request, say) => {
        resolve();
        await client.query({ limit: 1 });
        order.push('answered');
        await take(request, say);
      };
    });
    bobs.isDown = false;
    await taking;
    await client.tried().then(() => order.push('tried'));
    expect(order).toEqual(['answered', 'tried']);
  });
});

/** In whichever order they have promised. */
const bothOf = (...urls: readonly string[]) =>
  expect.arrayContaining(urls.map((url) => expect.objectContaining({ url })));

describe('delivery', () => {
  it('is seen at whichever archive has it, and one that never had the crate is not believed to have lost it', async () => {
    const [alices, bobs] = coast.archives(2);
    const bob = await coast.client([bobs]);
    await bob.client.openMailbox();
    gossip(bobs, alices);
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const first = await coast.client([bobs], { identity, storage });
    const { id } = await first.client.send({ to: bob.author, text: 'hello' });
    await first.client.waitForStatus(id, 'durable');
    await first.client.close();
    bobs.isDown = true;
    bobs.hangUp();

    const elsewhere = await coast.client([alices], { identity, storage, holders: 1 });
    await elsewhere.client.connected();
    expect((await elsewhere.client.askStatus(id)).status.status).toBe('durable');
    await elsewhere.client.close();

    bobs.isDown = false;
    await bob.client.inbox(() => undefined, { watch: false, receipts: false });
    const back = await coast.client([alices, bobs], { identity, storage });
    expect((await back.client.askStatus(id)).status.status).toBe('discarded');
  });

  it('is asked for at once, and who cannot ask says without much waiting that the news is old', async () => {
    const [archive] = coast.archives(1);
    const bob = await coast.client([archive]);
    await bob.client.openMailbox();
    const { client } = await coast.client([archive], { patienceMs: 600_000 });
    const { id } = await client.send({ to: bob.author, text: 'hello' });
    await client.waitForStatus(id, 'accepted');
    await bob.client.inbox(() => undefined, { watch: false, receipts: false });
    expect(await client.askStatus(id)).toMatchObject({ isFresh: true, status: { status: 'discarded' } });

    const other = await client.send({ to: bob.author, text: 'hello again' });
    await client.waitForStatus(other.id, 'accepted');
    archive.isDown = true;
    archive.hangUp();
    expect(await client.askStatus(other.id)).toMatchObject({
      isFresh: false,
      status: { status: 'durable' },
    });
  });
});

describe('a crate of which another program on the storage has heard', () => {
  it('is not brought anywhere any more, and both programs tell how it ended', async () => {
    const [one, other] = coast.archives(2);
    const bob = await coast.client([one]);
    await bob.client.openMailbox();
    other.isDown = true;
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const staying = await coast.client([one, other], { identity, storage });
    const { id } = await staying.client.send({ to: bob.author, text: 'hello' });
    await staying.client.waitForStatus(id, 'accepted');
    one.handlers.receipts = () => undefined;
    await bob.client.inbox(() => undefined, { watch: false });
    const passing = await coast.client([one, other], { identity, storage });
    expect((await passing.client.askStatus(id)).status.status).toBe('delivered');
    await passing.client.close();
    other.isDown = false;
    expect((await staying.client.waitForStatus(id, 'delivered')).status).toBe('delivered');
    const told = new Promise((resolve) => staying.client.on('status', resolve));
    expect(await told).toMatchObject({ message: { id, status: 'delivered' } });
    expect(other.count('deposit')).toBe(0);
  });
});

describe('a recall', () => {
  it('is believed only when every archive that was tried says that it has nothing', async () => {
    const [one, other] = coast.archives(2);
    const bob = await coast.mailboxAt(one, other);
    gossip(one, other);
    // It takes the crate, and its answer is lost.
    const take = one.handlers.deposit!;
    one.handlers.deposit = (request, _say) => take(request, () => one.hangUp());
    other.handlers.deposit = ({ n }, say) =>
      say({ op: 'error', n, code: 'quota-exceeded', detail: 'Full.', retryable: true });
    const { client } = await coast.client([one, other]);
    const { id, crates } = await client.send({ to: bob, text: 'a mistake' });
    await coast.until(() => one.crates.has(crates[0]!.crate));
    one.isDown = true;
    one.hangUp();
    const leaving = new AbortController();
    const recalling = client.recall(id, { signal: leaving.signal }).catch(() => undefined);
    await coast.until(() => other.count('recall') > 0);
    await client.query({ limit: 1 });
    expect((await client.status(id)).status).toBe('local');
    one.isDown = false;
    expect((await client.waitForStatus(id, 'delivered')).status).toBe('recalled');
    expect(one.crates.get(crates[0]!.crate)!.status).toBe('recalled');
    leaving.abort();
    await recalling;
  });

  it('needs no archive for what was never sent to one', async () => {
    const [archive] = coast.archives(1);
    const bob = await coast.mailboxAt(archive);
    const { client } = await coast.client([archive]);
    await client.send({ to: bob, text: 'to know the card' });
    archive.isDown = true;
    archive.hangUp();
    await coast.until(() => client.archives[0]!.state.name === 'waiting');
    const { id } = await client.send({ to: bob, text: 'never mind' });
    expect((await client.recall(id)).status).toBe('recalled');
  });
});
