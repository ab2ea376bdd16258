import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSpecDatabase, type SpecDatabase } from '../../../test/database-for-spec.js';
import { ArchiveIdentity } from './archive-identity.js';
import { PrismaService } from '../database/prisma.service.js';
import { archiveLimits } from '../../limits.js';
import { Horizon } from './horizon.js';

let db: SpecDatabase;
const made = 1_700_000_000;

beforeAll(async () => {
  db = await openSpecDatabase();
  await ArchiveIdentity.load(new PrismaService(db.database));
  await db.database.query('update archive_key set created_at = to_timestamp($1)', [made]);
});

afterAll(() => db.drop());

describe('the horizon', () => {
  it('is the time at which the archive was made, or an earlier one of a peer', async () => {
    const horizon = new Horizon(db.database, undefined);
    expect(await horizon.at(0)).toBe(made);
    horizon.ask(async () => made - 100);
    expect(await horizon.at(archiveLimits.horizonFreshMs - 1)).toBe(made);
    const late = new Horizon(db.database, undefined);
    late.ask(async () => made - 100);
    expect(await late.at(0)).toBe(made - 100);
    const older = new Horizon(db.database, undefined);
    older.ask(async () => made + 100);
    expect(await older.at(0)).toBe(made);
  });

  it('is not before the scope begins', async () => {
    expect(await new Horizon(db.database, made + 5).at(0)).toBe(made + 5);
    expect(await new Horizon(db.database, made - 5).at(0)).toBe(made);
  });

  it('is said as it was known while the database is away', async () => {
    let isAway = false;
    const query = ((text: string) =>
      isAway ? Promise.reject(new Error('away')) : db.database.query(text)) as typeof db.database.query;
    const horizon = new Horizon({ query }, undefined);
    expect(await horizon.at(0)).toBe(made);
    isAway = true;
    expect(await horizon.at(archiveLimits.horizonFreshMs)).toBe(made);
    expect(await new Horizon({ query }, undefined).at(0)).toBeUndefined();
  });
});
