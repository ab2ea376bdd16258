import { afterEach, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import { Coast, lasting } from '../../test/coast.js';
import type { CrateArchive } from '../../test/crate-archive.js';
import { archivesOfOutstanding } from '../index.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

/** Copies the cards that one archive holds to another, as gossip does. */
function gossip(from: CrateArchive, to: CrateArchive): void {
  for (const record of from.log) to.commit(record);
}

describe('where a crate is brought', () => {
  it('is the archive where its recipient looks, as soon as that one opens, and not another one meanwhile', async () => {
    const [alices, bobs] = coast.archives(2);
    const bob = await coast.mailboxAt(bobs);
    gossip(bobs, alices);
    bobs.isDown = true;
    const { client } = await coast.client([alices, bobs]);
    const { id, crates } = await client.send({ to: bob, text: 'hello' });
    await coast.until(() => client.archives[1]!.state.name === 'waiting');
    await client.tried({ signal: AbortSignal.timeout(200) }).catch(() => undefined);
    expect(alices.count('deposit')).toBe(0);
    bobs.isDown = false;
    await client.waitForStatus(id, 'accepted');
    expect(bobs.crates.has(crates[0]!.crate)).toBe(true);
    expect(alices.count('deposit')).toBe(0);
  });

  it('is any archive when none of the recipient’s is ours, and theirs too once it is', async () => {
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
    const seen = bobs.requests.length;

    expect([...(await archivesOfOutstanding(storage))].sort()).toEqual([alices.url, bobs.url]);
    const own = [alices.url, { url: bobs.url, cratesOnly: true }];
    const second = await coast.client([], { identity, storage, archives: own });
    await coast.until(() => bobs.crates.has(crate));
    expect(await second.client.askStatus(id)).toMatchObject({ status: { status: 'accepted' } });
    // The other archive is there for crates and for nothing else.
    await second.client.openMailbox();
    await second.client.inbox(() => undefined, { watch: false });
    await second.client.query({ author: bob });
    expect(new Set(bobs.requests.slice(seen).map(({ op }) => op))).toEqual(new Set(['deposit', 'status']));
    expect(alices.log.at(-1)!.body).toMatchObject({ archives: [alices.url] });
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
    expect((await client.waitForStatus(id, 'accepted')).status).toBe('accepted');
  });
});

describe('delivery', () => {
  it('is seen at whichever archive has it, and one that never had the crate is not believed to have lost it', async () => {
    const [alices, bobs] = coast.archives(2);
    const bob = await coast.mailboxAt(bobs);
    gossip(bobs, alices);
    const [identity, storage] = [await generatePrivateJwk(), lasting()];
    const first = await coast.client([bobs], { identity, storage });
    const { id, crates } = await first.client.send({ to: bob, text: 'hello' });
    await first.client.waitForStatus(id, 'accepted');
    await first.client.close();
    const kept = bobs.crates.get(crates[0]!.crate)!;

    const elsewhere = await coast.client([alices], { identity, storage });
    const asked = await elsewhere.client.askStatus(id);
    expect(asked).toMatchObject({ isFresh: true, status: { status: 'accepted' } });
    await elsewhere.client.close();
    expect([alices.count('status') > 0, alices.count('deposit')]).toEqual([true, 0]);

    kept.status = 'discarded';
    const back = await coast.client([alices, bobs], { identity, storage });
    expect((await back.client.askStatus(id)).status.status).toBe('discarded');
  });

  it('is asked for at once, and who cannot ask says that the news is old', async () => {
    const [archive] = coast.archives(1);
    const bob = await coast.mailboxAt(archive);
    const { client } = await coast.client([archive]);
    const { id, crates } = await client.send({ to: bob, text: 'hello' });
    await client.waitForStatus(id, 'accepted');
    archive.crates.get(crates[0]!.crate)!.status = 'discarded';
    expect(await client.askStatus(id)).toMatchObject({ isFresh: true, status: { status: 'discarded' } });

    const other = await client.send({ to: bob, text: 'hello again' });
    await client.waitForStatus(other.id, 'accepted');
    archive.isDown = true;
    archive.hangUp();
    expect(await client.askStatus(other.id)).toMatchObject({
      isFresh: false,
      status: { status: 'accepted' },
    });
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
