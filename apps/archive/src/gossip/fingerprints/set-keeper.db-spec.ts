import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { silentLog } from '../../../test/database-for-spec.js';
import { forgedRecord, type ForgedRecord } from '../../../test/forged-records.js';
import { openSpecLog, type SpecLog } from '../../../test/log-for-spec.js';
import { alice, bob } from '../../../test/record-samples.js';
import { emptyLog, expectRightSet, namesOf, setOf } from '../../../test/sets-for-spec.js';
import { Database } from '../../platform/database/database.js';
import { RecordLog } from '../../records/ingest/record-log.js';
import { RecordSets } from './record-sets.js';
import { SetKeeper } from './set-keeper.js';

/** Small, so that a few records already make and cut many blocks, in many windows. */
const bounds = {
  setWindowEntriesMax: 16,
  setBuildEntriesMin: 1_000,
  setBuildPageItems: 12,
  setBlockItemsGoal: 4,
  setBlockItemsMax: 8,
};

let { db, log, close } = {} as SpecLog;
let keeper: SetKeeper;
let sets: RecordSets;

beforeAll(async () => ({ db, log, close } = await openSpecLog()));

afterAll(() => close());

beforeEach(async () => {
  await emptyLog(db.database);
  keeper = new SetKeeper(db.database, bounds);
  sets = new RecordSets(keeper, db.database);
});

afterEach(() => sets.close());

const note = (iat: number, author = alice) => forgedRecord(author.publicKey, { iat });
const notes = (count: number, iatOf: (index: number) => number = (index) => index) =>
  Array.from({ length: count }, (_, index) => note(iatOf(index)));
const retracting = (records: readonly ForgedRecord[], author = alice) =>
  forgedRecord(author.publicKey, {
    iat: 50,
    collection: 'retractions',
    refs: [...new Set(records.map(({ id }) => id))],
  });
const write = (...records: ForgedRecord[]) => log.append(records.map(({ verified }) => verified));

async function blockRows(): Promise<{ count: number }[]> {
  return (await db.database.query<{ count: number }>('select count from record_block')).rows;
}

describe('the set', () => {
  it('is empty for an empty log', async () => {
    await expectRightSet(db.database, sets);
    expect(await sets.whole()).toMatchObject({ upTo: 0, count: 0 });
  });

  it('follows whatever is written, in whatever order, batches and windows', async () => {
    const retraction = fc.record({
      kind: fc.constant('retraction' as const),
      foreign: fc.boolean(),
      targets: fc.array(fc.nat(79), { minLength: 1, maxLength: 6 }),
    });
    const publication = fc.record({
      kind: fc.constant('note' as const),
      foreign: fc.boolean(),
      /** Few times, so that many records share one. */
      iat: fc.nat(12),
    });
    /** Records are written in batches of an order of their own: a target comes before, with, or after its retraction. */
    const logs = fc.record({
      entries: fc.array(fc.oneof({ weight: 3, arbitrary: publication }, retraction), {
        maxLength: 80,
        size: 'max',
      }),
      order: fc.infiniteStream(fc.nat(1_000_000)),
      batches: fc.infiniteStream(fc.integer({ min: 1, max: 24 })),
      advances: fc.infiniteStream(fc.boolean()),
    });
    await fc.assert(
      fc.asyncProperty(logs, async ({ entries, order, batches, advances }) => {
        await db.database.query(
          'truncate record, retraction, record_block; update record_set set up_to = 0, version = version + 1; alter sequence record_seq restart',
        );
        const made: ForgedRecord[] = [];
        for (const entry of entries) {
          const author = entry.foreign ? bob : alice;
          const known = (index: number) => made[index % made.length];
          if (entry.kind === 'note') made.push(note(entry.iat, author));
          else {
            const targets = entry.targets.flatMap((index) => known(index) ?? []);
            made.push(targets.length === 0 ? note(0, author) : retracting(targets, author));
          }
        }
        const places = new Map(made.map((record) => [record, order.next().value]));
        const shuffled = made.sort((a, b) => places.get(a)! - places.get(b)!);
        for (let begin = 0; begin < shuffled.length;) {
          const size = batches.next().value;
          await write(...shuffled.slice(begin, begin + size));
          begin += size;
          if (advances.next().value) await keeper.step();
        }
        await expectRightSet(db.database, sets);
      }),
      { numRuns: 40 },
    );
  });

  it('is the same as of a seq, whatever is committed and retracted afterwards', async () => {
    const records = notes(40, (index) => index % 5);
    await write(...records);
    const upTo = (await sets.whole()).upTo;
    const set = await sets.open([{}]);
    await write(...notes(40, (index) => index % 5), retracting(records.slice(5, 20)));
    await sets.whole();
    const expected = await setOf(db.database, upTo);
    expect(expected.size).toBe(40);
    expect(await set.run((storage) => namesOf(storage.items(0, storage.size)))).toEqual(
      namesOf(expected.items(0, 40)),
    );
  });

  it('keeps a record of another author that was named by a retraction', async () => {
    const [early, late] = [note(1, bob), note(2, bob)];
    await write(retracting([early]), early, late);
    await keeper.advance();
    await write(retracting([late]));
    await expectRightSet(db.database, sets);
    expect((await sets.whole()).count).toBe(4);
  });

  it('keeps a retraction that was itself retracted', async () => {
    const retraction = retracting([note(1)]);
    await write(retraction);
    await keeper.advance();
    await write(retracting([retraction]));
    await expectRightSet(db.database, sets);
    expect((await sets.whole()).count).toBe(2);
  });

  it('loses a record once, however often it is retracted', async () => {
    const records = notes(9);
    await write(...records);
    await keeper.advance();
    await write(retracting(records.slice(0, 3)), retracting(records.slice(2, 5)));
    await keeper.advance();
    await write(retracting(records.slice(0, 5)));
    await expectRightSet(db.database, sets);
    expect((await sets.whole()).count).toBe(9 - 5 + 3);
  });
});

describe('a block', () => {
  it('is cut when it is full, among records of one time too', async () => {
    await write(...notes(100, () => 7));
    await keeper.advance();
    const counts = (await blockRows()).map(({ count }) => count);
    expect(Math.max(...counts)).toBeLessThanOrEqual(bounds.setBlockItemsMax);
    expect(counts.length).toBeLessThanOrEqual(100 / 2);
    await expectRightSet(db.database, sets);
  });

  it('goes when it is empty, the first one too, and what falls into its range later finds a place', async () => {
    const records = notes(60);
    await write(...records);
    await keeper.advance();
    await write(retracting(records.slice(0, 60)));
    await keeper.advance();
    expect((await blockRows()).map(({ count }) => count)).toEqual([1]);
    await write(...notes(30));
    await expectRightSet(db.database, sets);
  });
});

describe('keepers of several processes', () => {
  let elsewhere: Database;

  beforeAll(async () => {
    elsewhere = await Database.connect(db.url, silentLog);
  });

  afterAll(() => elsewhere.close());

  it('agree while records and retractions are committed all the time', async () => {
    const other = new SetKeeper(elsewhere, bounds);
    const otherSets = new RecordSets(other, elsewhere);
    const otherLog = new RecordLog(elsewhere.pool);
    const written = new AbortController();
    const writing = async (to: RecordLog) => {
      const earlier: ForgedRecord[] = [];
      for (let round = 0; round < 25; round++) {
        const records = notes(7, (index) => (index * 13 + round) % 10);
        const batch = [...records, ...(round % 3 === 2 ? [retracting(earlier.splice(0, 5))] : [])];
        await to.append(batch.map(({ verified }) => verified));
        earlier.push(...records);
      }
    };
    const keeping = async (each: SetKeeper) => {
      while (!written.signal.aborted) await each.advance();
    };
    const kept = Promise.all([keeping(keeper), keeping(other)]);
    await Promise.all([writing(log), writing(otherLog)]);
    written.abort();
    await kept;
    await expectRightSet(elsewhere, otherSets);
    await expectRightSet(db.database, sets);
    otherLog.close();
    otherSets.close();
  });

  it('go on where one was killed in the middle of a window', async () => {
    await write(...notes(40));
    await keeper.step();
    const doomed = await elsewhere.pool.connect();
    const { rows } = await doomed.query<{ pid: number }>('select pg_backend_pid() as pid');
    await doomed.query('begin; select * from record_set for update; delete from record_block');
    await doomed.query('update record_set set up_to = 1000');
    const waiting = keeper.advance();
    await db.database.query('select pg_terminate_backend($1)', [rows[0]!.pid]);
    await waiting;
    await expectRightSet(db.database, sets);
    doomed.release(true);
  });

  it('see that another one has made the blocks anew', async () => {
    await write(...notes(40));
    await keeper.advance();
    await new SetKeeper(elsewhere, { ...bounds, setBlockItemsGoal: 3, setBlockItemsMax: 5 }).forget();
    const other = new SetKeeper(elsewhere, { ...bounds, setBlockItemsGoal: 3, setBlockItemsMax: 5 });
    await other.advance();
    await write(...notes(9));
    await expectRightSet(db.database, sets);
  });
});

describe('a database with records from before there were fingerprints', () => {
  it('is caught up with, window by window', async () => {
    const records = notes(100, (index) => (index * 37) % 100);
    await write(...records.slice(0, 90), retracting(records.slice(40, 95)), ...records.slice(90));
    expect(await keeper.state()).toMatchObject({ state: { upTo: 0 }, behind: expect.any(Number) });
    expect(await keeper.step()).toBe(true);
    expect((await keeper.state()).state.blocks.size).toBe(bounds.setWindowEntriesMax);
    await expectRightSet(db.database, sets);
  });
});

describe('a set that is far behind the log', () => {
  const building = { ...bounds, setBuildEntriesMin: 20 };

  it('is made anew at once, whatever times the records have', async () => {
    const records = notes(100, (index) => (index * 37) % 11);
    await write(...records.slice(0, 90), retracting(records.slice(40, 95)), ...records.slice(90));
    const builder = new SetKeeper(db.database, building);
    await builder.step();
    expect(await builder.state()).toMatchObject({ behind: 0 });
    expect((await blockRows()).map(({ count }) => count)).toEqual(
      expect.arrayContaining([bounds.setBlockItemsGoal]),
    );
    await expectRightSet(db.database, sets);
  });

  it('is left as it was by a keeper that is closed before all is read', async () => {
    await write(...notes(100));
    const builder = new SetKeeper(db.database, building);
    const step = builder.step();
    builder.close();
    await expect(step).rejects.toMatchObject({ code: 'unavailable' });
    expect(await blockRows()).toEqual([]);
    await expectRightSet(db.database, sets);
  });

  it('is made once by keepers that try at the same time, and followed by windows from then on', async () => {
    await write(...notes(100, (index) => (index * 37) % 11));
    const builders = [new SetKeeper(db.database, building), new SetKeeper(db.database, building)];
    await Promise.all(builders.map((each) => each.advance()));
    await write(...notes(30));
    await Promise.all(builders.map((each) => each.advance()));
    await expectRightSet(db.database, sets);
  });
});
