import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { forgedRecord } from '../../../test/forged-records.js';
import { openSpecLog, type SpecLog } from '../../../test/log-for-spec.js';
import { alice } from '../../../test/record-samples.js';
import { archiveLimits } from '../../limits.js';
import { SearchUpkeep } from './search-upkeep.js';

let { db, log, close } = {} as SpecLog;

beforeAll(async () => ({ db, log, close } = await openSpecLog()));

afterAll(() => close());

/** How many pages wait in the pending list; they do not any more afterwards. */
async function pendingPages(): Promise<number> {
  const { rows } = await db.database.query<{ pages: string }>(
    `select gin_clean_pending_list('record_by_word') as pages`,
  );
  return Number(rows[0]!.pages);
}

const write = () =>
  log.append(
    Array.from({ length: 50 }, (_, i) => forgedRecord(alice.publicKey, { body: `kelp word${i}` }).verified),
  );

describe('the upkeep of the search index', () => {
  it('moves the words of new records out of the pending list once there are many', async () => {
    await write();
    expect(await pendingPages()).toBeGreaterThan(0);
    await write();
    const troubles: unknown[] = [];
    const upkeep = new SearchUpkeep(db.database.pool, (error) => troubles.push(error));
    upkeep.appended(archiveLimits.searchPendingRecordsMax - 1);
    upkeep.appended(1);
    await upkeep.close();
    expect(await pendingPages()).toBe(0);
    expect(troubles).toEqual([]);
  });
});
