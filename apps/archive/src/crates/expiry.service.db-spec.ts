import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from '@holdfast/protocol';
import { hourNow, sampleCrate, sampleMailbox } from '../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../test/crate-services.js';
import { silentLog } from '../../test/database-for-spec.js';
import { archiveLimits } from '../limits.js';
import { MemoryWakeQueue } from '../platform/queue/memory-wake-queue.js';
import type { LeftCrate } from './crate.repository.js';
import { ExpiryService } from './expiry.service.js';

const hourMs = 3_600_000;

let { spec, deposits, departures, status, close } = {} as CrateServices;
let expiry: ExpiryService;
const left: LeftCrate[] = [];
beforeAll(async () => {
  const services = await openCrateServices();
  ({ spec, deposits, departures, status, close } = services);
  const { repository, events } = services;
  events.onDeparture((crates) => left.push(...crates));
  expiry = new ExpiryService(repository, events, new MemoryWakeQueue(() => {}), silentLog);
});
afterAll(() => close());

const deposited = async (expiryHour: number) => {
  const crate = await sampleCrate((await sampleMailbox()).publicKey, { expiryHour });
  await deposits.deposit(crate.envelope);
  return crate;
};

describe('the expiry of crates', () => {
  it('comes with the hour, not before, and those who deliver are told', async () => {
    const hour = hourNow() + 2;
    const crate = await deposited(hour);
    await expiry.expire(hour * hourMs - 1);
    expect(await status(crate.id)).toBe('accepted');
    await expiry.expire(hour * hourMs);
    expect(await status(crate.id)).toBe('expired');
    expect(left).toContainEqual({ id: crate.id, mailbox: crate.mailbox, state: 'expired' });
  });

  it('changes nothing about a crate that has left before', async () => {
    const hour = hourNow() + 2;
    const crate = await deposited(hour);
    await departures.depart({ crate: crate.id, way: 'ack', proof: crate.ackSecret });
    await expiry.expire(hour * hourMs);
    expect(await status(crate.id)).toBe('delivered');
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
    expect(await status(crate.id)).toBe('expired');
    await expiry.expire(forgotten);
    expect(await status(crate.id)).toBe('unknown');
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
