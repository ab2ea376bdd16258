/** Records against a real archive that is stopped and killed under the client. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk, signingKeyFromJwk, signRecord, type HoldfastRecord } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import type { Client, RecordFollow } from '../src/index.js';
import { People, until } from './people.js';

let archive: ArchiveProcess;
const people = new People(() => [archive.url]);
let topics = 0;

beforeAll(async () => {
  archive = await bootArchive();
});

afterEach(() => people.leaveAll());

afterAll(() => archive.destroy());

/** A topic that no other test uses. */
const newTopic = (): string => `topic ${++topics}`;

interface Collected {
  readonly numbers: number[];
  readonly ended: Promise<void>;
  /** Resolves when the condition holds, looked at after every record. */
  until(condition: () => boolean): Promise<void>;
}

/** Collects the numbers of the records of a follow as they come. */
function collect(follow: RecordFollow): Collected {
  const numbers: number[] = [];
  let look = (): void => undefined;
  const run = async (): Promise<void> => {
    for await (const { body } of follow) {
      numbers.push((body as { n: number }).n);
      look();
    }
  };
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => condition() && resolve();
      look();
    });
  return { numbers, ended: run(), until };
}

/** Collects what comes from now on, when this resolves. */
async function collectFromNow(
  client: Client,
  topic: string,
): Promise<Collected & { readonly follow: RecordFollow }> {
  let caughtUp = (): void => undefined;
  const beginning = new Promise<void>((resolve) => {
    caughtUp = resolve;
  });
  const follow = client.follow({ topic }, { onCaughtUp: () => caughtUp() });
  const collected = collect(follow);
  await beginning;
  return { ...collected, follow };
}

const draft = (topic: string, n: number) => ({ collection: 'numbers', topics: [topic], body: { n } });
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('records and a real archive', () => {
  it('publishes, gets and queries, and says where an answer came from', async () => {
    const alice = await people.visitor();
    const receipt = await alice.publish({ collection: 'notes', body: { text: 'kelp' }, topics: ['sea'] });
    expect(receipt).toMatchObject({ status: 'stored', archive: archive.id });
    expect((await alice.get(receipt.id)).source).toEqual({ kind: 'local' });

    const bob = await people.visitor();
    const found = await bob.get(receipt.id);
    expect(found.source).toEqual({ kind: 'archive', archive: archive.id, url: archive.url });
    expect(found.record.body).toEqual({ text: 'kelp' });
    expect(found.tried).toEqual([
      { place: 'local', code: 'record-not-found' },
      { place: 'archive', url: archive.url },
    ]);
    const page = await bob.query({ author: alice.author!, topic: 'sea' });
    expect(page.records.map(({ id }) => id)).toEqual([receipt.id]);
    await expect(bob.get('A'.repeat(43))).rejects.toMatchObject({ code: 'record-not-found' });
    await expect(bob.query({ limit: 0 })).rejects.toMatchObject({ code: 'filter-invalid' });
    await expect(bob.query({ cursor: 'elsewhere.1' })).rejects.toMatchObject({ code: 'cursor-invalid' });
  });

  it('publishes many in a stream, tells of each, and publishes nothing the second time', async () => {
    const alice = await people.person();
    const key = await signingKeyFromJwk(alice.identity);
    const now = Math.floor(Date.now() / 1000);
    const topic = newTopic();
    const sign = (n: number): Promise<HoldfastRecord> =>
      signRecord({ ...draft(topic, n), iat: now }, key, now);
    const records = await Promise.all(range(0, 300).map(sign));
    const client = await alice.arrive();
    async function* source(): AsyncGenerator<string> {
      for (const { jws } of records) yield jws;
      yield 'not a record';
    }
    const seen: number[] = [];
    const first = await client.publishMany(source(), {
      onProgress: ({ done }, { index }) => seen.push(done, index),
    });
    expect(first).toMatchObject({ done: 301, stored: 300, known: 0, refused: 1 });
    expect(first.refusals).toMatchObject([{ index: 300, code: 'record-malformed' }]);
    expect(seen).toHaveLength(602);
    expect(await client.publishMany(records)).toMatchObject({ done: 300, stored: 0, known: 300 });

    const found: number[] = [];
    for await (const { body } of client.queryAll({ topic, limit: 64 })) found.push((body as { n: number }).n);
    expect(found.sort((a, b) => a - b)).toEqual(range(0, 300));
  });

  it('gives the revisions of one key times that grow, so that the last one made is the head', async () => {
    const alice = await people.visitor();
    const versions = await Promise.all(
      range(0, 5).map((n) => alice.publish({ collection: 'profile', key: 'me', body: { n } })),
    );
    expect(new Set(versions.map(({ id }) => id)).size).toBe(5);
    const { records } = await alice.query({ author: alice.author!, collection: 'profile', history: true });
    expect(new Set(records.map(({ iat }) => iat)).size).toBe(5);
    const heads = await alice.query({ author: alice.author!, collection: 'profile' });
    expect(heads.records.map(({ iat }) => iat)).toEqual([Math.max(...records.map(({ iat }) => iat))]);
  });

  it('follows from the start, then live, across a restart and a kill, without loss or repeats', async () => {
    const topic = newTopic();
    const [alice, bob] = [await people.visitor(), await people.visitor()];
    for (const n of range(0, 10)) await alice.publish(draft(topic, n));
    const collected = collect(bob.follow({ topic }, { from: 'start' }));
    const { numbers } = collected;
    await collected.until(() => numbers.length === 10);
    await alice.publish(draft(topic, 10));
    await archive.stop();
    const whileDown = range(11, 21).map((n) => alice.publish(draft(topic, n)));
    await archive.start();
    await Promise.all(whileDown);
    await collected.until(() => numbers.length === 21);

    const duringKill = range(21, 61).map((n) => alice.publish(draft(topic, n)));
    await collected.until(() => numbers.length > 22);
    await archive.kill9();
    await archive.start();
    await Promise.all(duringKill);
    await collected.until(() => numbers.length >= 61);
    await alice.publish(draft(topic, 61));
    await collected.until(() => numbers.includes(61));
    expect([...numbers].sort((a, b) => a - b)).toEqual(range(0, 62));
    await bob.close();
    await collected.ended;
  });

  it('follows from now on only what comes later, and goes on at a cursor', async () => {
    const topic = newTopic();
    const [alice, bob] = [await people.visitor(), await people.visitor()];
    await alice.publish(draft(topic, 0));
    const first = await collectFromNow(bob, topic);
    await alice.publish(draft(topic, 1));
    await first.until(() => first.numbers.length === 1);
    const { cursor } = first.follow;
    await bob.close();
    await first.ended;
    await alice.publish(draft(topic, 2));

    const second = collect((await people.visitor()).follow({ topic }, { from: cursor }));
    await second.until(() => second.numbers.length === 1);
    expect([...first.numbers, ...second.numbers]).toEqual([1, 2]);
  });

  it('goes on under a name after the program has ended, with the record that was in hand', async () => {
    const topic = newTopic();
    const [alice, bob] = [await people.visitor(), await people.person()];
    for (const n of range(0, 6)) await alice.publish(draft(topic, n));
    const options = { from: 'start', name: 'numbers' } as const;

    const before: number[] = [];
    for await (const { body } of (await bob.arrive()).follow({ topic }, options)) {
      before.push((body as { n: number }).n);
      if (before.length === 3) break;
    }
    const other = await bob.arrive();
    const stillOpen = other.follow({ topic }, options);
    const after = collect(stillOpen);
    await after.until(() => after.numbers.length === 4);
    expect([before, after.numbers]).toEqual([
      [0, 1, 2],
      [2, 3, 4, 5],
    ]);
    const third = await bob.arrive();
    await expect(third.follow({ topic }, options).next()).rejects.toMatchObject({ code: 'in-use' });
    await other.close();
    await after.ended;
    await expect(third.follow({ topic: 'another' }, options).next()).rejects.toMatchObject({
      code: 'cursor-invalid',
    });
  });

  it('keeps a slow loop from piling up records, and loses none', async () => {
    const topic = newTopic();
    const alice = await people.visitor();
    await alice.publishMany(range(0, 3_000).map((n) => draft(topic, n)));
    const numbers: number[] = [];
    for await (const { body } of (await people.visitor()).follow({ topic }, { from: 'start' })) {
      numbers.push((body as { n: number }).n);
      if (numbers.length === 3_000) break;
      // Lets the archive get ahead of the loop.
      if (numbers.length % 100 === 0) await alice.query({ topic, limit: 1 });
    }
    expect(numbers.sort((a, b) => a - b)).toEqual(range(0, 3_000));
  });

  it('keeps what was published while no archive was there, also when the program ends', async () => {
    const topic = newTopic();
    const alice = await people.person();
    await archive.stop();
    const first = await alice.arrive();
    const leaving = new AbortController();
    const publishing = first.publish(draft(topic, 1), { signal: leaving.signal });
    await until(async () => (await alice.stored('outbox/')).length === 1);
    leaving.abort();
    await expect(publishing).rejects.toMatchObject({ code: 'aborted' });
    await expect(first.get('A'.repeat(43))).rejects.toMatchObject({ code: 'archive-unreachable' });
    await first.close();
    await archive.start();

    const second = await alice.arrive();
    await until(async () => (await second.query({ topic })).records.length === 1);
    await until(async () => (await alice.stored('outbox/')).length === 0);
    expect(alice.problems).toEqual([]);
  });

  it('tells an archive that is not the expected one apart', async () => {
    const { x: another } = await generatePrivateJwk();
    const client = await people.visitor({ archives: [{ url: archive.url, id: another }] });
    await expect(client.get('A'.repeat(43))).rejects.toMatchObject({ code: 'archive-foreign' });
    expect(client.archives).toMatchObject([{ state: { name: 'closed', code: 'archive-foreign' } }]);
    await expect(client.connected()).rejects.toMatchObject({ code: 'archive-foreign' });
    await expect(client.follow({}).next()).rejects.toMatchObject({ code: 'archive-foreign' });
  });

  it('ends waiting calls and loops when it is closed', async () => {
    const client = await people.visitor();
    await client.connected();
    const loop = await collectFromNow(client, newTopic());
    await client.close();
    await loop.ended;
    await expect(client.publish(draft('t', 1))).rejects.toMatchObject({ code: 'closed' });
    await expect(client.get('A'.repeat(43))).rejects.toMatchObject({ code: 'closed' });
    await expect(client.connected()).rejects.toMatchObject({ code: 'closed' });
    expect(() => client.follow({})).toThrow(expect.objectContaining({ code: 'closed' }));
  });
});
