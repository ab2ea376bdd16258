import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { limits } from '@holdfast/protocol';
import { hourNow, sampleCrate, sampleMailbox, text, type SampleCrate } from '../../../test/crate-samples.js';
import { openCrateServices, type CrateServices } from '../../../test/crate-services.js';
import { archiveLimits } from '../../limits.js';
import { ReadingConnections } from '../../platform/database/reading-connections.js';
import { ReceiptsLog } from './receipts-log.js';

const hourMs = 3_600_000;
const hour = hourNow();

let services: CrateServices;
let log: ReceiptsLog;
/** A second apart from one another, so that no answer is an old one. */
let clockMs = hour * hourMs;
const read = (epoch: number, shard = '') =>
  log.read({ epoch, shard }, (clockMs += archiveLimits.receiptsSharedMs));

beforeAll(async () => {
  services = await openCrateServices();
  log = new ReceiptsLog(new ReadingConnections(services.spec.database.pool, 1));
});
afterAll(async () => {
  log.close();
  await services.close();
});

async function deposited(options: { expiryHour?: number } = {}): Promise<SampleCrate> {
  const crate = await sampleCrate((await sampleMailbox()).publicKey, options);
  await services.deposits.deposit(crate.envelope);
  return crate;
}

/** Entries that nothing else has: crates of an hour of their own, whose ids are counted from `prefix` on. */
const fill = (leftHour: number, prefix: string, count: number) =>
  services.spec.database.query(
    `insert into crate (id, mailbox, size_bytes, expiry_hour, nonce, ack_hash, recall_hash, state, proof, left_hour)
     select decode($2::text || lpad(to_hex(i), 64 - length($2::text), '0'), 'hex'), '\\x01', 4096, $1::int + 100, '\\x00', '\\x00', '\\x00',
       'recalled', '\\x07', $1::int
     from generate_series(1, $3::int) as i`,
    [leftHour, prefix, count],
  );

describe('the receipts log', () => {
  it('has the crates that have left on a proof, with what let them go, by id', async () => {
    const crates = [await deposited(), await deposited()];
    const waiting = await deposited();
    await services.departures.depart({ crate: crates[0]!.id, way: 'ack', proof: crates[0]!.ackSecret });
    await services.departures.depart({ crate: crates[1]!.id, way: 'recall', proof: crates[1]!.recallSecret });
    const { rows } = await services.spec.database.query<{ hour: number }>(
      'select distinct left_hour as hour from crate where left_hour is not null',
    );
    const released = await read(rows[0]!.hour);
    const expected = [
      { crate: crates[0]!.id, status: 'delivered', proof: text(crates[0]!.ackSecret) },
      { crate: crates[1]!.id, status: 'recalled', proof: text(crates[1]!.recallSecret) },
    ].sort((a, b) => Buffer.from(a.crate, 'base64url').compare(Buffer.from(b.crate, 'base64url')));
    expect(released).toMatchObject({ epoch: rows[0]!.hour, shard: '', entries: expected, more: false });
    expect(JSON.stringify(released)).not.toContain(waiting.id);
  });

  it('has no crate that has expired', async () => {
    const crate = await deposited({ expiryHour: hour + 1 });
    await services.repository.expire(hour + 1);
    expect(await services.status(crate.id)).toBe('expired');
    const { rows } = await services.spec.database.query('select left_hour from crate where id = $1', [
      Buffer.from(crate.id, 'base64url'),
    ]);
    expect(rows).toEqual([{ left_hour: null }]);
  });

  it('answers a shard by any number of digits, also within a byte', async () => {
    const epoch = hour - 10;
    for (const prefix of ['abc0', 'abc9', 'abd0', 'fff0', '0000']) await fill(epoch, prefix, 3);
    const count = async (shard: string) => (await read(epoch, shard)).entries.length;
    const shards = ['', 'a', 'ab', 'abc', 'abc9', 'abd', 'f', 'ffff', '0', '00', '1'];
    expect(await Promise.all(shards.map(count))).toEqual([15, 9, 9, 6, 3, 3, 3, 0, 3, 3, 0]);
  });

  it('says that a shard has more than one answer holds, and longer prefixes have all of it', async () => {
    const epoch = hour - 20;
    await fill(epoch, '5a', limits.releasedEntriesMax);
    expect(await read(epoch, '5')).toMatchObject({ more: false });
    await fill(epoch, '5b', 1);
    const released = await read(epoch, '5');
    expect([released.entries.length, released.more]).toEqual([limits.releasedEntriesMax, true]);
    expect(await read(epoch, '5b')).toMatchObject({ entries: [{ status: 'recalled' }], more: false });
  });

  it('names the next hour in which the shard has entries, and none beyond the present', async () => {
    // Before the crates of the other tests have left, whose ids may begin in the same way.
    const present = hour - 20;
    const readThen = (epoch: number, shard: string) => log.read({ epoch, shard }, present * hourMs);
    await fill(present - 30, '77', 1);
    await fill(present - 27, '78', 1);
    await fill(present + 5, '771', 1);
    expect(await readThen(0, '7')).toMatchObject({ entries: [], next: present - 30, now: present });
    expect(await readThen(present - 30, '7')).toMatchObject({ next: present - 27 });
    expect(await readThen(present - 30, '77')).not.toHaveProperty('next');
    expect(await readThen(present, '7')).not.toHaveProperty('next');
    expect(await readThen(2 ** 32 - 1, '7')).toEqual({
      epoch: 2 ** 32 - 1,
      shard: '7',
      entries: [],
      more: false,
      now: present,
    });
  });

  it('answers the present hour when none is asked for', async () => {
    expect(await log.read({ shard: '' }, clockMs)).toMatchObject({ epoch: hour, now: hour });
  });
});

describe('an answer from the receipts log', () => {
  it('is shared by all who ask within a moment, and not for longer', async () => {
    const epoch = hour - 40;
    const later = clockMs + 60_000;
    const first = log.read({ epoch, shard: '1' }, later);
    await fill(epoch, '11', 1);
    const shared = log.read({ epoch, shard: '1' }, later + archiveLimits.receiptsSharedMs - 1);
    expect(await shared).toBe(await first);
    const fresh = await log.read({ epoch, shard: '1' }, later + archiveLimits.receiptsSharedMs);
    expect(fresh.entries).toHaveLength(1);
  });

  it('is not shared beyond the end of the hour', async () => {
    const end = (hour + 1) * hourMs;
    await log.read({ epoch: hour, shard: '' }, end - 1);
    expect(await log.read({ epoch: hour, shard: '' }, end)).toMatchObject({ now: hour + 1 });
  });

  it('is not kept when it has failed', async () => {
    const narrow = new ReceiptsLog(new ReadingConnections(services.spec.database.pool, 1, { waitingMax: 0 }));
    const first = narrow.read({ shard: '' }, clockMs);
    await expect(narrow.read({ shard: '0' }, clockMs)).rejects.toMatchObject({ code: 'overloaded' });
    await first;
    expect(await narrow.read({ shard: '0' }, clockMs)).toMatchObject({ shard: '0' });
    narrow.close();
  });
});
