import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleCrate, sampleMailbox } from '../../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../../test/crate-services.js';
import { silentLog } from '../../../test/database-for-spec.js';
import { eventually } from '../../../test/eventually.js';
import { DeparturesLog } from './departures-log.js';
import { lockSql } from './departures-log.sql.js';

let services: CrateServices;
let log: DeparturesLog;

beforeAll(async () => void (services = await openCrateServices()));
afterAll(() => services.close());

beforeEach(async () => {
  await services.spec.database.query('truncate crate, mailbox_usage cascade');
  log = new DeparturesLog(services.spec.database, services.events, silentLog);
});
afterEach(() => log.onApplicationShutdown());

const deposited = async () => {
  const crate = await sampleCrate((await sampleMailbox()).publicKey);
  await services.deposits.deposit(crate.envelope);
  return crate;
};

async function leave(): Promise<string> {
  const crate = await deposited();
  await services.departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret });
  return crate.id;
}

const numbered = (count: number, cursor = 0) =>
  eventually(
    () => log.after(cursor, 100),
    ({ crates }) => crates.length >= count,
  );
const waitingForLocks = async (): Promise<number> => {
  // Other tests wait for locks in other databases of the cluster.
  const text = `select 1 from pg_locks join pg_database on pg_database.oid = database
    where datname = current_database() and locktype = 'advisory' and not granted`;
  return (await services.spec.database.query(text)).rowCount!;
};
const never = new AbortController().signal;

describe('the departures log', () => {
  it('numbers what leaves while somebody follows, in the order in which it is told', async () => {
    const before = await leave();
    expect(await log.after(0, 100)).toMatchObject({ crates: [] });
    const release = log.attend();
    expect((await numbered(1)).crates).toEqual([before]);
    const [second, third] = [await leave(), await leave()];
    const { crates, upTo } = await numbered(3);
    expect(crates).toEqual([before, second, third]);
    expect(await log.last()).toBe(upTo);
    expect(await log.after(upTo, 100)).toEqual({ crates: [], upTo });
    const first = await log.after(0, 1);
    expect(first.crates).toEqual([before]);
    expect((await log.after(first.upTo, 100)).crates).toEqual([second, third]);
    release();
    release();
  });

  it('has nothing of crates that expired, or wait', async () => {
    const release = log.attend();
    await deposited();
    const crate = await deposited();
    await services.spec.database.query(`update crate set expiry_hour = 1 where id = $1`, [
      Buffer.from(crate.id, 'base64url'),
    ]);
    services.events.left(await services.repository.expire(1));
    const gone = await leave();
    expect((await numbered(1)).crates).toEqual([gone]);
    release();
  });

  it('wakes whoever waits for more, and ends the wait of whoever has gone', async () => {
    const woken = log.beyond(await log.last(), never);
    const gone = new AbortController();
    const waiting = log.beyond(1_000_000, gone.signal);
    await leave();
    await woken;
    gone.abort();
    await waiting;
  });

  it('shows no number before the smaller ones can be seen, also when others number at the same time', async () => {
    const release = log.attend();
    await leave();
    const { upTo } = await numbered(1);
    // Another process holds the lock, and has a number that cannot be seen yet.
    const client = await services.spec.database.pool.connect();
    await client.query('begin');
    await client.query(lockSql);
    const hidden = await deposited();
    const id = Buffer.from(hidden.id, 'base64url');
    await client.query(
      `update crate set state = 'delivered', proof = '\\x00', left_at = now(), left_seq = nextval('crate_left_seq') where id = $1`,
      [id],
    );
    const later = await leave();
    await eventually(waitingForLocks, (count) => count > 0);
    let isTold = false;
    const told = log.after(upTo, 100).then(({ crates }) => ((isTold = true), crates));
    await eventually(waitingForLocks, (count) => count > 1);
    expect(isTold).toBe(false);
    await client.query('commit');
    client.release();
    expect(await told).toContain(hidden.id);
    expect((await numbered(2, upTo)).crates).toEqual([hidden.id, later]);
    release();
  });

  it('refuses a cursor that was never given, and keeps one whose tombstones are gone', async () => {
    const release = log.attend();
    await leave();
    const { upTo } = await numbered(1);
    await services.spec.database.query('delete from crate');
    expect(await log.after(upTo, 100)).toEqual({ crates: [], upTo });
    const another = new DeparturesLog(services.spec.database, services.events, silentLog);
    expect(await another.after(upTo, 100)).toEqual({ crates: [], upTo });
    await expect(another.after(upTo + 1, 100)).rejects.toMatchObject({ code: 'cursor-invalid' });
    release();
  });
});
