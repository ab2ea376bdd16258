import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AgreedScope, ReconcilableSet } from '@holdfast/gossip';
import { isInScope, type Scope } from '@holdfast/protocol';
import { initiate, reconcile, respond, type Item, type SetStorage } from '@holdfast/reconcile';
import { setStorageContract } from '@holdfast/reconcile/contract';
import { forgedRecord, type ForgedRecord } from '../../../test/forged-records.js';
import { openSpecLog, type SpecLog } from '../../../test/log-for-spec.js';
import { alice, bob } from '../../../test/record-samples.js';
import { namesOf, setOf } from '../../../test/sets-for-spec.js';
import { RecordSets } from './record-sets.js';
import { SetKeeper } from './set-keeper.js';

const bounds = {
  setWindowEntriesMax: 64,
  setBuildEntriesMin: 500,
  setBuildPageItems: 12,
  setBlockItemsGoal: 4,
  setBlockItemsMax: 8,
};

/** Two archives that compare their sets. */
let [here, there]: SpecLog[] = [];
let [ours, theirs]: RecordSets[] = [];

beforeAll(async () => {
  [here, there] = [await openSpecLog(), await openSpecLog()];
});

afterAll(async () => {
  await here!.close();
  await there!.close();
});

beforeEach(async () => {
  for (const { db } of [here!, there!]) {
    await db.database.query(
      'truncate record, retraction, record_block; update record_set set up_to = 0, version = version + 1; alter sequence record_seq restart',
    );
  }
  ours = setsOf(here!);
  theirs = setsOf(there!);
});

afterEach(() => {
  ours!.close();
  theirs!.close();
});

const setsOf = ({ db: { database } }: SpecLog, more: { filteredSetItemsMax?: number } = {}): RecordSets =>
  new RecordSets(new SetKeeper(database, bounds), database, {
    ...bounds,
    filteredSetItemsMax: 10_000,
    ...more,
  });

const note = (payload: Partial<ForgedRecord> = {}, author = alice) => forgedRecord(author.publicKey, payload);
const notes = (count: number, iatOf: (index: number) => number = (index) => index) =>
  Array.from({ length: count }, (_, index) => note({ iat: iatOf(index) }));
const retracting = (records: readonly ForgedRecord[]) =>
  note({ iat: 50, collection: 'retractions', refs: records.map(({ id }) => id) });
const write = ({ log }: SpecLog, records: readonly ForgedRecord[]) =>
  log.append(records.map(({ verified }) => verified));
const writeRaw = ({ db }: SpecLog, items: readonly Item[]) =>
  db.database.query(
    `insert into record (seq, id, author, collection, iat, topics, head, jws)
     select nextval('record_seq'), id, '\\x00', 'notes', iat, '{}', true, ''
     from unnest($1::bytea[], $2::bigint[]) as i(id, iat)`,
    [items.map(({ id }) => Buffer.from(id)), items.map(({ time }) => String(time))],
  );
const idsOf = (records: readonly ForgedRecord[]) => new Set(records.map(({ id }) => id));
const textOf = (id: Uint8Array) => Buffer.from(id).toString('base64url');
const contents = (storage: SetStorage) => namesOf(storage.items(0, storage.size));

/** @param between runs after each round */
async function compare(
  initiator: ReconcilableSet,
  responder: ReconcilableSet,
  { frameBytesMax, between }: { frameBytesMax?: number; between?: () => Promise<unknown> } = {},
) {
  const bound = frameBytesMax === undefined ? {} : { frameBytesMax };
  const have = new Set<string>();
  const need = new Set<string>();
  let message: Uint8Array | undefined = await initiator.run((storage) => initiate(storage, bound));
  let rounds = 0;
  for (; message !== undefined; rounds++) {
    const asked: Uint8Array = message;
    const answer = await responder.run((storage) => respond(storage, asked, bound));
    const learned = await initiator.run((storage) => reconcile(storage, answer, bound));
    for (const id of learned.have) have.add(textOf(id));
    for (const id of learned.need) need.add(textOf(id));
    message = learned.message;
    await between?.();
  }
  return { have, need, rounds };
}

describe('two sets that are compared', () => {
  it.each([
    ['in frames of any length', undefined],
    ['in short frames', 4096],
  ])('differ by exactly what only one of them has, %s', async (_case, frameBytesMax) => {
    const shared = notes(1_500, (index) => (index * 7919) % 400);
    const onlyHere = notes(20, (index) => index * 19);
    const onlyThere = notes(30, (index) => index * 13);
    const retracted = shared.slice(100, 110);
    const retraction = retracting(retracted);
    await write(here!, [...shared, ...onlyHere, retraction]);
    await write(there!, [...onlyThere, ...shared.reverse()]);
    const { have, need } = await compare(
      await ours!.open([{}]),
      await theirs!.open([{}]),
      frameBytesMax === undefined ? {} : { frameBytesMax },
    );
    expect(have).toEqual(idsOf([...onlyHere, retraction]));
    expect(need).toEqual(idsOf([...onlyThere, ...retracted]));
  });

  it('stay as they were opened, whatever is committed meanwhile', async () => {
    const shared = notes(600, (index) => index % 150);
    const [onlyHere, onlyThere] = [notes(15), notes(25)];
    await write(here!, [...shared, ...onlyHere]);
    await write(there!, [...shared, ...onlyThere]);
    const difference = await compare(await ours!.open([{}]), await theirs!.open([{}]), {
      between: async () => {
        for (const at of [here!, there!]) {
          const more = notes(50, (index) => index % 150);
          await write(at, [...more, retracting(shared.splice(0, 20)), retracting(onlyHere.slice(0, 5))]);
        }
        // The blocks go on, and the comparison reads what they were.
        await Promise.all([ours!.whole(), theirs!.whole()]);
      },
    });
    expect(difference.rounds).toBeGreaterThan(1);
    expect(difference.have).toEqual(idsOf(onlyHere));
    expect(difference.need).toEqual(idsOf(onlyThere));
  });

  it('need no item of the database when they are the same, but for the bounds of the first message', async () => {
    const shared = notes(400);
    await write(here!, shared);
    await write(there!, shared);
    expect((await ours!.whole()).fingerprint).toEqual((await theirs!.whole()).fingerprint);
    const difference = await compare(await ours!.open([{}]), await theirs!.open([{}]));
    expect(difference).toEqual({ have: new Set(), need: new Set(), rounds: 1 });
  });
});

describe('a set that is opened', () => {
  const scopes: readonly AgreedScope[] = [
    [{ since: 30 }],
    [{ since: 30 }, { since: 41 }],
    [{ authors: [alice.publicKey] }],
    [{ collections: ['mail', 'wiki'] }],
    [{ topics: ['kelp'] }],
    [{ topics: ['kelp', 'tide'], collections: ['mail'] }, { since: 20 }],
    [{ authors: [bob.publicKey], topics: ['tide'] }, { collections: ['mail', 'notes'] }],
    [{ authors: [bob.publicKey] }, { authors: [alice.publicKey] }],
  ];

  it.each(
    scopes.map((scope) => [JSON.stringify(scope).replaceAll(alice.publicKey, 'alice'), scope] as const),
  )('has the records of its scope: %s', async (_name, scope) => {
    const kinds = [
      ...['mail', 'wiki', 'notes', 'keys'].flatMap((collection) =>
        [[], ['kelp'], ['tide', 'kelp'], ['rock']].map((topics) =>
          topics.length === 0 ? { collection } : { collection, topics },
        ),
      ),
    ];
    const records = [alice, bob].flatMap((author) =>
      kinds.flatMap((kind) => [10, 30, 41, 60].map((iat) => note({ ...kind, iat }, author))),
    );
    const retraction = retracting(records.slice(0, 6));
    await write(here!, [...records, retraction]);
    const retracted = new Set(retraction.refs);
    const inScope = [...records, retraction].filter(
      (record) =>
        !retracted.has(record.id) &&
        scope.every((each: Scope) => isInScope(each, { ...record, topics: record.topics ?? [] })),
    );
    const set = await ours!.open(scope);
    const names = await set.run(contents);
    expect(set.size).toBe(inScope.length);
    expect(new Set(names)).toEqual(
      new Set(inScope.map(({ iat, id }) => `${iat} ${Buffer.from(id, 'base64url').toString('hex')}`)),
    );
    expect(await ours!.count(scope)).toBe(inScope.length);
  });

  it('is refused with a code when its scope has lists and more records than are read whole', async () => {
    await write(here!, notes(50));
    const few = setsOf(here!, { filteredSetItemsMax: 49 });
    await expect(few.open([{ authors: [alice.publicKey] }])).rejects.toMatchObject({ code: 'set-too-large' });
    expect((await few.open([{}])).size).toBe(50);
    few.close();
  });

  it('is refused with a code when the blocks do not fit the records', async () => {
    await write(here!, notes(100));
    await ours!.whole();
    await here!.db.database.query(`update record_block set sum = sha256(sum)`);
    const restarted = setsOf(here!);
    await expect((await restarted.open([{}])).run(contents)).rejects.toMatchObject({
      code: 'internal-error',
    });
    restarted.close();
  });

  it('throws what the step throws', async () => {
    await write(here!, notes(100));
    const set = await ours!.open([{}]);
    const failing = (storage: SetStorage) => {
      throw new Error(`not with ${contents(storage).length}`);
    };
    await expect(set.run(failing)).rejects.toThrow('not with 100');
  });
});

/** Whoever opened a set may ask it whatever can be asked of one in memory. */
describe.each<[string, AgreedScope]>([
  ['by its blocks', [{}]],
  ['from a time on', [{ since: 1 }]],
  ['whole, as its scope has lists', [{ collections: ['notes'] }]],
])('a set that is read %s', (_name, scope) => {
  const leastTime = scope[0]!.since ?? 0;
  const cases = [...new Set(setStorageContract.map(({ items }) => items))]
    .filter((items) => items.every(({ time }) => time >= leastTime))
    .map((items) => {
      const checks = setStorageContract.filter((each) => each.items === items);
      return [checks[0]!.name.split(':')[0]!, items, checks] as const;
    });

  it.each(cases)('keeps the contract of storages: %s', async (_case, items, checks) => {
    const outOfScope = leastTime === 0 ? [] : [{ time: 0, id: new Uint8Array(32).fill(9) }];
    await writeRaw(here!, [...items, ...outOfScope]);
    const set = await ours!.open(scope);
    for (const each of checks) await set.run((storage) => each.check(storage));
  });
});

describe('the count of a set', () => {
  it('is what is held, without what was retracted', async () => {
    const records = notes(50);
    await write(here!, [...records, retracting(records.slice(0, 20))]);
    expect(await ours!.count([{}])).toBe(31);
    expect((await setOf(here!.db.database)).size).toBe(31);
  });

  it('is told without waiting for the blocks when these are far behind, with what may have been retracted', async () => {
    const records = notes(100);
    await write(here!, [...records, retracting(records.slice(0, 20))]);
    expect(await ours!.count([{}])).toBe(101);
    expect((await here!.db.database.query('select up_to from record_set')).rows).toEqual([{ up_to: '0' }]);
  });
});
