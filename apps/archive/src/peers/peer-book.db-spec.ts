import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Progress } from '@holdfast/gossip';
import { generatePrivateJwk } from '@holdfast/protocol';
import { openSpecDatabase, type SpecDatabase } from '../../test/database-for-spec.js';
import { archiveLimits } from '../limits.js';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { ArchiveAddress } from '../platform/http/archive-address.js';
import { isDialed } from './peer.js';
import { PeerBook } from './peer-book.js';
import { PeerRepository } from './peer.repository.js';

let db: SpecDatabase;
let identity: ArchiveIdentity;
let book: PeerBook;
let changed: string[];
const url = 'https://two.example';

const newId = async (): Promise<string> => (await generatePrivateJwk()).x;

function bookAt(publicUrl: string): PeerBook {
  const address = new ArchiveAddress({ publicUrl, host: '127.0.0.1', port: 1 });
  return new PeerBook(new PeerRepository(db.database), identity, address);
}

beforeAll(async () => {
  db = await openSpecDatabase();
  identity = await ArchiveIdentity.of(await generatePrivateJwk());
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.database.query('delete from peer');
  book = bookAt('https://one.example');
  changed = [];
  book.onChange((id) => changed.push(id));
});

describe('the book of peers', () => {
  it('trusts whom the operator adds, and dials only these', async () => {
    const id = await newId();
    const peer = await book.add(id, url);
    expect(peer).toMatchObject({ id, url, state: 'trusted', origin: 'operator', misbehaved: 0 });
    expect(isDialed(peer)).toBe(true);
    expect(changed).toEqual([id]);
    const asking = await newId();
    await book.asked(asking, url);
    expect(isDialed(await book.approve(asking))).toBe(false);
  });

  it('does not add this archive to itself, nor add or approve more than it can have', async () => {
    await expect(book.add(identity.id, url)).rejects.toMatchObject({ code: 'archive-foreign' });
    await db.database.query(
      `insert into peer (id, state, origin) select 'peer-' || n, 'trusted', 'operator' from generate_series(1, $1) n`,
      [archiveLimits.trustedPeersMax],
    );
    await expect(book.add(await newId(), url)).rejects.toMatchObject({ code: 'quota-exceeded' });
    const asking = await newId();
    await book.asked(asking, url);
    await expect(book.approve(asking)).rejects.toMatchObject({ code: 'quota-exceeded' });
    expect(await book.add('peer-1', url)).toMatchObject({ url });
  });

  it('keeps whoever asks pending until the operator decides, and what is decided stays', async () => {
    const id = await newId();
    expect(await book.asked(id, undefined)).toMatchObject({ state: 'pending', origin: 'itself' });
    expect(await book.asked(id, url)).toMatchObject({ state: 'pending', url });
    expect(await book.block(id)).toMatchObject({ state: 'blocked' });
    expect(await book.asked(id, url)).toMatchObject({ state: 'blocked' });
    expect(await book.approve(id)).toMatchObject({ state: 'trusted' });
    expect(await book.asked(id, url)).toMatchObject({ state: 'trusted' });
    await book.remove(id);
    expect(await book.find(id)).toBeUndefined();
    expect(changed).toEqual([id, id, id]);
    for (const act of ['remove', 'block', 'approve'] as const) {
      await expect(book[act](id)).rejects.toMatchObject({ code: 'peer-unknown' });
    }
  });

  it('goes on dialing where the operator said, whatever the peer says of its address', async () => {
    const id = await newId();
    await book.add(id, url);
    expect(await book.asked(id, 'https://elsewhere.example')).toMatchObject({ url, origin: 'operator' });
  });

  it('makes room for those who ask by dropping the oldest of them, and nobody else', async () => {
    const trusted = await newId();
    await book.asked(trusted, url);
    await book.approve(trusted);
    await db.database.query(
      `insert into peer (id, state, origin, added_at)
       select 'asks-' || n, 'pending', 'itself', now() - make_interval(secs => 1000 - n) from generate_series(1, $1) n`,
      [archiveLimits.peerAsksMax],
    );
    await book.asked(await newId(), url);
    expect(await book.find('asks-1')).toBeUndefined();
    expect(await book.find('asks-2')).toBeDefined();
    expect(await book.find(trusted)).toBeDefined();
  });

  it('remembers what went wrong, until the sets have been the same', async () => {
    const id = await newId();
    await book.add(id, url);
    const nextAttemptAtMs = 1_900_000_000_000;
    await book.trouble(id, { code: 'peer-misbehaved', detail: 'Forged.', misbehaved: true, nextAttemptAtMs });
    await book.trouble(id, { code: 'peer-misbehaved', detail: 'Again.', misbehaved: true, nextAttemptAtMs });
    expect(await book.find(id)).toMatchObject({
      misbehaved: 2,
      nextAttemptAtMs,
      error: 'peer-misbehaved: Again.',
    });
    await book.fine(id);
    const fine = await book.find(id);
    expect(fine).toMatchObject({ misbehaved: 2, nextAttemptAtMs: undefined, error: undefined });
    await book.progressWith(id).synced(1_700_000_000);
    expect(await book.find(id)).toMatchObject({ misbehaved: 0, horizon: 1_700_000_000 });
  });

  it('remembers what went wrong whatever a peer has put into its words, and nothing that a terminal obeys', async () => {
    const id = await newId();
    await book.add(id, url);
    const detail = 'Said \u0000, \u001b[2J\u009b31m, \u202e and \ud800.\r\n';
    await book.trouble(id, { code: 'peer-misbehaved', detail, misbehaved: true, nextAttemptAtMs: undefined });
    const { error, misbehaved } = (await book.find(id))!;
    expect(misbehaved).toBe(1);
    expect(error).toBe('peer-misbehaved: Said \ufffd, \ufffd[2J\ufffd31m, \ufffd and \ufffd.\ufffd\ufffd');
  });

  it('claims the earliest horizon of those with which it has been in step', async () => {
    const [first, second, third] = [await newId(), await newId(), await newId()];
    for (const id of [first, second, third]) await book.add(id, url);
    expect(await book.earliestHorizon()).toBeUndefined();
    await book.progressWith(first).synced(1_700_000_000);
    await book.progressWith(second).synced(1_600_000_000);
    await book.progressWith(third).synced(undefined);
    expect(await book.earliestHorizon()).toBe(1_600_000_000);
    await book.block(second);
    expect(await book.earliestHorizon()).toBe(1_700_000_000);
  });
});

describe('the progress with a peer', () => {
  it('is what was saved last, beyond 2^31, and goes with the peer', async () => {
    const id = await newId();
    await book.add(id, url);
    const store = book.progressWith(id);
    expect(await store.load()).toBeUndefined();
    const progress: Progress = { records: 2 ** 40, stage: 'snapshot', departures: 7, scope: 'all' };
    await store.save(progress);
    const later: Progress = { ...progress, stage: 'live', records: 2 ** 40 + 1 };
    await store.save(later);
    expect(await bookAt('https://one.example').progressWith(id).load()).toEqual(later);
    await book.remove(id);
    await store.save(progress);
    expect(await store.load()).toBeUndefined();
  });
});

describe('peer exchange', () => {
  it('proposes, and trusts nobody by it', async () => {
    const [teller, told] = [await newId(), await newId()];
    await book.add(teller, url);
    await book.exchangeWith(teller).propose([{ id: told, url: 'https://three.example' }]);
    const proposed = (await book.find(told))!;
    expect(proposed).toMatchObject({ state: 'pending', origin: teller });
    expect(isDialed(proposed)).toBe(false);
    await book.approve(told);
    expect(isDialed((await book.find(told))!)).toBe(false);
  });

  it('takes nothing that is no archive, nor this one, nor one that is known', async () => {
    const [teller, known] = [await newId(), await newId()];
    await book.add(teller, url);
    await book.add(known, url);
    await book.block(known);
    await book.exchangeWith(teller).propose([
      { id: 'x', url },
      { id: await newId(), url: 'file:///etc/passwd' },
      { id: identity.id, url },
      { id: known, url: 'https://other.example' },
    ]);
    expect((await book.list()).map(({ id, state }) => [id, state])).toEqual([
      [teller, 'trusted'],
      [known, 'blocked'],
    ]);
  });

  it('is bounded for each peer and in all, and ends with the peer that told', async () => {
    const many = async (count: number) =>
      Promise.all(Array.from({ length: count }, async () => ({ id: await newId(), url })));
    const pending = async () => (await book.list()).filter(({ state }) => state === 'pending').length;
    const { proposalsPerPeerMax, proposalsMax } = archiveLimits;
    const tellers = await many(proposalsMax / proposalsPerPeerMax + 1);
    for (const { id } of tellers) {
      await book.add(id, url);
      await book.exchangeWith(id).propose(await many(proposalsPerPeerMax + 1));
      await book.exchangeWith(id).propose(await many(1));
    }
    expect(await pending()).toBe(proposalsMax);
    await book.remove(tellers[0]!.id);
    expect(await pending()).toBe(proposalsMax - proposalsPerPeerMax);
  });

  it('tells of trusted archives only, and of private addresses only in a private network', async () => {
    const [told, near, far, blocked] = [await newId(), await newId(), await newId(), await newId()];
    await book.add(told, url);
    await book.add(near, 'http://10.0.0.7:7070');
    await book.add(far, 'https://far.example');
    await book.add(blocked, 'https://blocked.example');
    await book.block(blocked);
    expect(await book.exchangeWith(told).known()).toEqual([{ id: far, url: 'https://far.example' }]);
    const inside = bookAt('http://10.0.0.1:7070').exchangeWith(told);
    expect((await inside.known()).map(({ id }) => id)).toEqual([near, far]);
  });
});
