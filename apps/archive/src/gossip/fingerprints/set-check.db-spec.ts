import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { forgedRecord } from '../../../test/forged-records.js';
import { openSpecLog, type SpecLog } from '../../../test/log-for-spec.js';
import { alice } from '../../../test/record-samples.js';
import { emptyLog, expectRightSet } from '../../../test/sets-for-spec.js';
import { RecordSets } from './record-sets.js';
import { SetKeeper } from './set-keeper.js';

let { db, log, close } = {} as SpecLog;
let sets: RecordSets;

beforeAll(async () => ({ db, log, close } = await openSpecLog()));

afterAll(() => close());

beforeEach(async () => {
  await emptyLog(db.database);
  const notes = Array.from({ length: 40 }, (_, iat) => forgedRecord(alice.publicKey, { iat }));
  await log.append(notes.map(({ verified }) => verified));
  const keeper = new SetKeeper(db.database, {
    setWindowEntriesMax: 16,
    setBuildEntriesMin: 1_000,
    setBuildPageItems: 12,
    setBlockItemsGoal: 4,
    setBlockItemsMax: 8,
  });
  await keeper.advance();
  sets = new RecordSets(keeper, db.database);
});

afterEach(() => sets.close());

describe('the check', () => {
  it('names the blocks whose fingerprints do not fit the records, and a rebuild mends them', async () => {
    await db.database.query(
      `update record_block set count = count - 1 where iat = (select max(iat) from record_block)`,
    );
    const { ok, wrongBlocks, count } = await sets.check();
    expect({ ok, count }).toEqual({ ok: false, count: 40 });
    expect(wrongBlocks).toEqual([
      {
        iat: expect.any(Number),
        id: expect.any(String),
        count: expect.any(Number),
        counted: expect.any(Number),
      },
    ]);
    expect(wrongBlocks[0]!.counted - wrongBlocks[0]!.count).toBe(1);
    await sets.rebuild();
    await expectRightSet(db.database, sets);
  });

  it('finds records that no block covers', async () => {
    await db.database.query(`delete from record_block where iat = 0`);
    const { ok, wrongBlocks } = await sets.check();
    expect({ ok, first: wrongBlocks[0] }).toEqual({
      ok: false,
      first: { iat: 0, id: Buffer.alloc(32).toString('base64url'), count: 0, counted: expect.any(Number) },
    });
  });
});
