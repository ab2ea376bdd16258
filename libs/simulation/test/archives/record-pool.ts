/**
 * Records of a few simulated authors, made once for all worlds, so that the same records have the same ids in every run.
 */
import { sealRecord, simulatedAuthor } from '@holdfast/gossip/memory';
import type { RecordPayload } from '@holdfast/protocol';
import { Random } from '../../src/index.js';

export const collections = ['notes', 'mail', 'photos'] as const;
export const topics = ['sea', 'sky'] as const;

/** The true time at which worlds begin, seconds. */
export const beginning = Date.UTC(2027, 0, 1) / 1000;
const day = 86_400;
const longRecordsMax = 50;

export interface PooledRecord {
  readonly id: string;
  readonly jws: string;
  readonly iat: number;
}

export interface RecordPool {
  readonly authors: readonly string[];
  readonly records: readonly PooledRecord[];
  /** So long that a snapshot of them takes several pages. */
  readonly longRecords: readonly PooledRecord[];
  /** By id of what they retract; a few have two, by different devices of the author, and a few are strangers'. */
  readonly retractions: ReadonlyMap<string, readonly PooledRecord[]>;
  /** By id. */
  readonly textOf: ReadonlyMap<string, string>;
  readonly idOf: ReadonlyMap<string, string>;
}

export function makeRecordPool(count: number): RecordPool {
  const random = Random.stream('records', 'pool');
  const authors = ['alice', 'bob', 'carol', 'dave'].map(simulatedAuthor);
  const records: PooledRecord[] = [];
  const retractions = new Map<string, PooledRecord[]>();
  for (let number = 0; number < count; number++) {
    const author = random.oneOf(authors);
    const iat = beginning + (random.happens(0.7) ? random.whole(-600, 900) : random.whole(-30 * day, 0));
    const record = make(author, {
      collection: random.oneOf(random.happens(0.1) ? ['profile', 'keys'] : collections),
      iat,
      ...(random.happens(0.1) && { exp: iat + random.whole(1, 600) }),
      ...(random.happens(0.3) && { key: `key-${random.whole(1, 5)}` }),
      ...(random.happens(0.4) && { topics: random.someOf(topics, random.whole(1, 2)) }),
      body: { number, text: 'x'.repeat(random.whole(0, 300)) },
    });
    records.push(record);
    if (!random.happens(0.4)) continue;
    const retracting = [retract(random.happens(0.1) ? random.oneOf(authors) : author, record, 1)];
    if (random.happens(0.3)) retracting.push(retract(author, record, 30));
    // Retracting a retraction brings nothing back.
    if (random.happens(0.2)) retracting.push(retract(author, retracting[0]!, 5));
    retractions.set(record.id, retracting);
  }
  const longRecords = Array.from({ length: longRecordsMax }, (_, number) =>
    make(random.oneOf(authors), {
      collection: random.oneOf(collections),
      iat: beginning - number,
      body: { number, text: 'y'.repeat(45_000) },
    }),
  );
  const all = [...records, ...longRecords, ...[...retractions.values()].flat()];
  return {
    authors,
    records,
    longRecords,
    retractions,
    textOf: new Map(all.map(({ id, jws }) => [id, jws])),
    idOf: new Map(all.map(({ id, jws }) => [jws, id])),
  };
}

const retract = (author: string, { id, iat }: PooledRecord, later: number): PooledRecord =>
  make(author, { collection: 'retractions', iat: iat + later, refs: [id], body: {} });

const make = (author: string, payload: RecordPayload): PooledRecord => ({
  ...sealRecord(payload, author),
  iat: payload.iat,
});
