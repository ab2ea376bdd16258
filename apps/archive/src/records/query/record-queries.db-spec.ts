import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HoldfastError, limits, matchesFilter, type QueryFilter } from '@holdfast/protocol';
import * as fc from 'fast-check';
import { forgedRecord, type ForgedRecord } from '../../../test/forged-records.js';
import { openSpecLog, type SpecLog } from '../../../test/log-for-spec.js';
import { alice, bob, secondsNow } from '../../../test/record-samples.js';
import { ArchiveIdentity } from '../../platform/archive-identity/archive-identity.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import { ReadingConnections } from '../../platform/database/reading-connections.js';
import { RecordQueries } from './record-queries.js';

let { db, log, close } = {} as SpecLog;
let connections: ReadingConnections;
let queries: RecordQueries;

beforeAll(async () => {
  ({ db, log, close } = await openSpecLog());
  connections = new ReadingConnections(db.database.pool, 2);
  queries = new RecordQueries(connections, await ArchiveIdentity.load(new PrismaService(db.database)));
});

afterAll(async () => {
  connections.close();
  await close();
});

const authors = [alice.publicKey, bob.publicKey];
const collections = ['notes', 'mail'];
const keys = ['a', 'b'];
const topics = ['x', 'y', 'z'];
const words = ['kelp', 'tide', 'rock'];
const farPast = 1_000_000;

const some = <T>(from: readonly T[]) => fc.constantFrom(...from);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** A plain record, or a retraction of some that came before it or come after it, by place. */
const drafts = fc.array(
  fc.record({
    author: some(authors),
    collection: some(collections),
    key: maybe(some(keys)),
    iat: fc.integer({ min: farPast, max: farPast + 5 }),
    isExpired: fc.boolean(),
    topics: fc.uniqueArray(some(topics), { maxLength: 3 }),
    word: some(words),
    retracts: maybe(fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 4 })),
  }),
  { minLength: 1, maxLength: 30 },
);

const filters = fc.record({
  author: maybe(some(authors)),
  collection: maybe(some([...collections, 'retractions'])),
  key: maybe(some(keys)),
  topic: maybe(some(topics)),
  q: maybe(some([...words, 'kelp or tide', '-rock', 'nothing'])),
  since: maybe(fc.integer({ min: farPast - 1, max: farPast + 6 })),
  until: maybe(fc.integer({ min: farPast - 1, max: farPast + 6 })),
  history: maybe(fc.boolean()),
  limit: fc.integer({ min: 1, max: 12 }),
});

type Draft = typeof drafts extends fc.Arbitrary<(infer Each)[]> ? Each : never;

/** Retractions are made after the records that they name, so that they know their ids. */
function recordsOf(list: readonly Draft[]): ForgedRecord[] {
  const plain = list.map((draft, place) => {
    if (draft.retracts !== undefined) return undefined;
    const { author, collection, key, iat, isExpired, topics, word } = draft;
    return forgedRecord(author, {
      collection,
      iat,
      ...(key === undefined ? {} : { key }),
      ...(isExpired ? { exp: iat + 1 } : {}),
      ...(topics.length === 0 ? {} : { topics }),
      body: { text: `${word} ${place}` },
    });
  });
  const targets = plain.filter((each) => each !== undefined);
  return list.flatMap((draft, place) => {
    if (plain[place] !== undefined) return [plain[place]];
    const refs = draft.retracts!.flatMap((index) => targets[index % Math.max(1, targets.length)]?.id ?? []);
    const { author, iat } = draft;
    if (refs.length === 0) return [];
    return [
      forgedRecord(author, { collection: 'retractions', iat, refs: [...new Set(refs)], body: { place } }),
    ];
  });
}

const compareIds = (a: string, b: string) =>
  Buffer.compare(Buffer.from(a, 'base64url'), Buffer.from(b, 'base64url'));

/** What the words of a query mean, for the few that the filters above use. */
function hasWords(q: string, { body }: ForgedRecord): boolean {
  const text = (body as { text?: string } | null)?.text ?? '';
  if (q === '-rock') return !text.includes('rock');
  return q.split(' or ').some((word) => text.includes(word));
}

/** The answer as spec/doors.md defines it, by looking at every record. */
function expected(records: readonly ForgedRecord[], filter: QueryFilter): string[] {
  const isRetracted = (record: ForgedRecord) =>
    record.collection !== 'retractions' &&
    records.some(
      (other) =>
        other.collection === 'retractions' &&
        other.author === record.author &&
        other.refs!.includes(record.id),
    );
  const isHead = (record: ForgedRecord) =>
    record.key === undefined ||
    !records.some(
      (other) =>
        other.author === record.author &&
        other.collection === record.collection &&
        other.key === record.key &&
        (other.iat > record.iat || (other.iat === record.iat && compareIds(other.id, record.id) > 0)),
    );
  return records
    .map((record, place) => ({ record, place }))
    .filter(
      ({ record }) =>
        matchesFilter(filter, record) &&
        (filter.history === true || isHead(record)) &&
        record.exp === undefined &&
        !isRetracted(record) &&
        (filter.q === undefined || hasWords(filter.q, record)),
    )
    .sort((a, b) => b.record.iat - a.record.iat || b.place - a.place)
    .map(({ record }) => record.jws);
}

async function allPages(filter: QueryFilter): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await queries.page({ ...filter, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.records.length).toBeLessThanOrEqual(filter.limit!);
    found.push(...page.records);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

const withoutUndefined = (filter: object): QueryFilter =>
  Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));

describe('queries', () => {
  it('answer what a look at every record would, each record once, newest first', async () => {
    await fc.assert(
      fc.asyncProperty(
        drafts,
        fc.array(filters, { minLength: 1, maxLength: 6 }),
        fc.nat(10),
        async (list, asked, size) => {
          await db.database.query('truncate record, retraction');
          const records = recordsOf(list);
          for (let i = 0; i < records.length; i += size + 1)
            await log.append(records.slice(i, i + size + 1).map(({ verified }) => verified));
          for (const filter of asked.map(withoutUndefined))
            expect(await allPages(filter)).toEqual(expected(records, filter));
        },
      ),
      { numRuns: 120 },
    );
  });

  it('go on where they were when newer records come between two pages', async () => {
    await db.database.query('truncate record, retraction');
    const records = Array.from({ length: 7 }, (_, index) =>
      forgedRecord(alice.publicKey, { iat: farPast + index }),
    );
    await log.append(records.map(({ verified }) => verified));
    const first = await queries.page({ limit: 3 });
    await log.append([forgedRecord(alice.publicKey, { iat: farPast + 100 }).verified]);
    const second = await queries.page({ limit: 4, cursor: first.cursor! });
    expect([...first.records, ...second.records]).toEqual(records.map(({ jws }) => jws).reverse());
    expect(second.cursor).toBeUndefined();
  });

  it('cut a page where a frame would be full, and go on after it', async () => {
    await db.database.query('truncate record, retraction');
    const records = Array.from({ length: 60 }, (_, index) =>
      forgedRecord(alice.publicKey, { iat: farPast + index, body: 'x'.repeat(40_000) }),
    );
    await log.append(records.map(({ verified }) => verified));
    const filter = { limit: limits.queryLimitMax };
    const first = await queries.page(filter);
    expect(first.records.length).toBeLessThan(60);
    expect(first.records.join('').length).toBeLessThan(limits.frameSizeBytesMax);
    expect(await allPages(filter)).toEqual(records.map(({ jws }) => jws).reverse());
  });

  it('refuse a cursor of another filter', async () => {
    await db.database.query('truncate record, retraction');
    await log.append([1, 2].map((iat) => forgedRecord(alice.publicKey, { iat }).verified));
    const { cursor } = await queries.page({ limit: 1 });
    await expect(queries.page({ limit: 1, collection: 'notes', cursor: cursor! })).rejects.toMatchObject({
      code: 'cursor-invalid',
    });
  });

  it('take any words for what they are', async () => {
    for (const q of ["'", '"', '-', '((', ':*', '!!!', '\\', 'a & | b', '<->', '%', '𝕏', '\u200b'])
      await expect(queries.page({ q })).resolves.toMatchObject({ records: expect.any(Array) });
  });

  it('end a query that takes too long with its code, and serve the next one', async () => {
    const slow = connections.query({ text: 'select pg_sleep(60)' });
    await expect(slow).rejects.toMatchObject({ code: '57014' });
    await expect(queries.page({})).resolves.toBeDefined();
  });
});

describe('get', () => {
  it('tells a missing, a retracted and an expired record apart', async () => {
    const plain = forgedRecord(alice.publicKey, { exp: secondsNow() + 100 });
    const expired = forgedRecord(alice.publicKey, { iat: farPast, exp: farPast + 1 });
    const retracted = forgedRecord(alice.publicKey);
    const retraction = forgedRecord(alice.publicKey, {
      collection: 'retractions',
      refs: [retracted.id],
      body: null,
    });
    await log.append([plain, expired, retracted, retraction].map(({ verified }) => verified));
    expect(await queries.get(plain.id)).toEqual({ jws: plain.jws, exp: plain.exp });
    const codeOf = (id: string) => queries.get(id).catch((error: HoldfastError) => error.code);
    expect(await codeOf(expired.id)).toBe('record-expired');
    expect(await codeOf(retracted.id)).toBe('record-retracted');
    expect(await codeOf(forgedRecord(bob.publicKey).id)).toBe('record-not-found');
  });
});
