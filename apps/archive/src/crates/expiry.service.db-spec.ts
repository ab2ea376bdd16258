import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from '@holdfast/protocol';
import { hourNow, sampleCrate, sampleMailbox } from '../../test/crate-samples.js';
import { openSpecDatabase, silentLog, type SpecDatabase } from '../../test/database-for-spec.js';
import { archiveLimits } from '../limits.js';
import { MemoryWakeQueue } from '../platform/queue/memory-wake-queue.js';
import { CrateEvents } from './crate-events.js';
import { CrateRepository, type LeftCrate } from './crate.repository.js';
import { DepartureService } from './departure.service.js';
import { CrateSpace } from './crate-space.js';
import { readSettings } from '../platform/settings.js';
import { DepositService } from './deposit.service.js';
import { ExpiryService } from './expiry.service.js';
import { ReadingConnections } from '../platform/database/reading-connections.js';
import { StatusService } from './status.service.js';

const hourMs = 3_600_000;

let spec: SpecDatabase;
let deposits: DepositService;
let departures: DepartureService;
let readers: ReadingConnections;
let statuses: StatusService;
let expiry: ExpiryService;
const left: LeftCrate[] = [];
beforeAll(async () => {
  spec = await openSpecDatabase();
  const repository = new CrateRepository(spec.database);
  const events = new CrateEvents();
  events.onDeparture((crates) => left.push(...crates));
  deposits = new DepositService(repository, events, new CrateSpace(repository, readSettings({}), silentLog));
  departures = new DepartureService(repository, events);
  readers = new ReadingConnections(spec.database.pool, 1);
  statuses = new StatusService(repository, readers);
  expiry = new ExpiryService(repository, events, new MemoryWakeQueue(() => {}), silentLog);
});
afterAll(async () => {
  readers.close();
  await spec.drop();
});

const deposited = async (expiryHour: number) => {
  const crate = await sampleCrate((await sampleMailbox()).publicKey, { expiryHour });
  await deposits.deposit(crate.envelope);
  return crate;
};
const status = async (crate: { id: string }) => (await statuses.statuses([crate.id]))[0]!.status;

describe('the expiry of crates', () => {
  it('comes with the hour, not before, and those who deliver are told', async () => {
    const hour = hourNow() + 2;
    const crate = await deposited(hour);
    await expiry.expire(hour * hourMs - 1);
    expect(await status(crate)).toBe('accepted');
    await expiry.expire(hour * hourMs);
    expect(await status(crate)).toBe('expired');
    expect(left).toContainEqual({ id: crate.id, mailbox: crate.mailbox, state: 'expired' });
  });

  it('changes nothing about a crate that has left before', async () => {
    const hour = hourNow() + 2;
    const crate = await deposited(hour);
    await departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret });
    await expiry.expire(hour * hourMs);
    expect(await status(crate)).toBe('delivered');
  });

  it('keeps a receipt that comes too late from changing what has become of the crate', async () => {
    const hour = hourNow() + 2;
    const crate = await deposited(hour);
    await expiry.expire(hour * hourMs);
    const late = await departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret });
    expect(late).toEqual({ crate: crate.id, status: 'expired' });
  });

  it('remembers the crate for as long as clocks may differ, and then no more', async () => {
    const hour = hourNow() + 2;
    const crate = await deposited(hour);
    const forgotten = hour * hourMs + limits.clockSkewSecondsMax * 1000;
    await expiry.expire(forgotten - 1);
    expect(await status(crate)).toBe('expired');
    await expiry.expire(forgotten);
    expect(await status(crate)).toBe('unknown');
  });

  it('works through more crates than one batch holds', async () => {
    const count = archiveLimits.expiryBatchMax + 5;
    await spec.database.query(
      `insert into crate (id, mailbox, envelope, size_bytes, expiry_hour, nonce, ack_hash, recall_hash)
       select sha256(i::text::bytea), '\\x01', '\\x00', 1, 1, '\\x00', '\\x00', '\\x00' from generate_series(1, $1) as i`,
      [count],
    );
    await spec.database.query('insert into mailbox_usage values ($1, $2, 1000000)', [Buffer.of(1), count]);
    await expiry.expire(Date.now());
    const { rows } = await spec.database.query("select 1 from crate where mailbox = '\\x01'");
    expect(rows).toEqual([]);
    expect(left.filter(({ mailbox }) => mailbox === 'AQ')).toHaveLength(count);
  });
});
