import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../../../test/eventually.js';
import { forgedRecord } from '../../../test/forged-records.js';
import { openSpecLog, type SpecLog } from '../../../test/log-for-spec.js';
import { alice } from '../../../test/record-samples.js';
import { LogListener } from '../../records/follow/log-listener.js';
import { SetKeeper } from './set-keeper.js';
import { SetUpkeep } from './set-upkeep.js';

let { db, log, close } = {} as SpecLog;

beforeAll(async () => ({ db, log, close } = await openSpecLog()));

afterAll(() => close());

const write = (count: number) =>
  log.append(Array.from({ length: count }, () => forgedRecord(alice.publicKey).verified));

async function counted(): Promise<number> {
  const { rows } = await db.database.query<{ count: number }>(
    'select coalesce(sum(count), 0)::int as count from record_block',
  );
  return rows[0]!.count;
}

it('the blocks follow what is committed, though nobody opens the set', async () => {
  await write(5);
  const bounds = { setUpkeepMsMin: 1, setUpkeepPollMs: 3_600_000, setUpkeepRestFactor: 1 };
  const upkeep = new SetUpkeep(new SetKeeper(db.database), () => undefined, bounds);
  const listener = new LogListener(
    db.database.pool,
    () => undefined,
    () => undefined,
  );
  listener.tellAlso(upkeep.poke);
  await listener.start();
  await eventually(counted, (count) => count === 5);
  await write(7);
  await eventually(counted, (count) => count === 12);
  await write(1);
  expect(await eventually(counted, (count) => count === 13)).toBe(13);
  listener.stop();
  await upkeep.stop();
});
