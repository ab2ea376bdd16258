import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HoldfastError, signRecord, type Scope } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { openSpecDatabase, type SpecDatabase } from '../../../test/database-for-spec.js';
import { openGossipStores, type GossipStores } from '../../../test/gossip-stores.js';
import {
  alice,
  retractionOf,
  sampleRecord,
  sampleRecords,
  secondsNow,
} from '../../../test/record-samples.js';

let db: SpecDatabase;
let stores: GossipStores;

beforeAll(async () => void (db = await openSpecDatabase()));
afterAll(() => db.drop());
afterEach(() => stores.close());

const open = async (scope?: Scope): Promise<GossipStores> =>
  (stores = await openGossipStores(db.database, scope));

const bodiesHere = async (): Promise<number> => {
  const { rows } = await db.database.query<{ count: number }>('select count(jws)::int as count from record');
  return rows[0]!.count;
};

const codes = (outcomes: readonly (string | HoldfastError)[]) =>
  outcomes.map((each) => (each instanceof HoldfastError ? each.code : each));

describe('what a peer hands over', () => {
  it('is stored, known, or only a tombstone, in the order in which it came', async () => {
    const { ingest, records } = await open();
    const [held, fresh, retracted] = await sampleRecords(3);
    await ingest.publish(held!.jws);
    const retraction = await retractionOf([retracted!]);
    const outcomes = await records.takeIn(
      [retraction, held!, fresh!, retracted!, fresh!].map(({ jws }) => jws),
    );
    expect(outcomes).toEqual(['stored', 'known', 'stored', 'retracted', 'known']);
    expect(await records.missing([held!, fresh!, retracted!].map(({ id }) => id))).toEqual([]);
  });

  it('is kept when it has expired, and handed on, and shown to nobody who queries', async () => {
    const { records } = await open();
    const expired = await sampleRecord({ iat: secondsNow() - 100, exp: secondsNow() - 50 });
    expect(await records.takeIn([expired.jws])).toEqual(['stored']);
    expect((await records.recordsOf([expired.id])).records).toEqual([expired.jws]);
    expect((await records.pageAfter(0, [{}])).records).toEqual([expired.jws]);
  });

  it('is refused with its code where it is forged, malformed, from the future or out of scope', async () => {
    const { records } = await open({ collections: ['notes'] });
    const [good, forged] = await sampleRecords(2);
    const other = await sampleRecord({ collection: 'wiki' });
    const soon = secondsNow() + 1_000;
    const body = { collection: 'notes', iat: soon, body: 'tomorrow' };
    const future = await signRecord(body, alice, soon);
    const outcomes = await records.takeIn([
      `${forged!.jws.slice(0, -8)}AAAAAAAA`,
      good!.jws,
      'kelp',
      other.jws,
      future.jws,
    ]);
    expect(codes(outcomes)).toEqual([
      'record-signature-invalid',
      'stored',
      'record-malformed',
      'record-out-of-scope',
      'record-from-future',
    ]);
    expect(await bodiesHere()).toBe(1);
  });

  it('comes in pages larger than the room that it has, beside clients who publish', async () => {
    const { ingest, records } = await open();
    const page = await sampleRecords(archiveLimits.recordsHandedOverMax + 300);
    const own = await sampleRecords(20);
    const [outcomes, published] = await Promise.all([
      records.takeIn(page.map(({ jws }) => jws)),
      Promise.all(own.map(({ jws }) => ingest.publish(jws))),
    ]);
    expect(new Set(outcomes)).toEqual(new Set(['stored']));
    expect(new Set(published.map(({ status }) => status))).toEqual(new Set(['stored']));
    expect(await bodiesHere()).toBe(page.length + own.length);
  });
});
