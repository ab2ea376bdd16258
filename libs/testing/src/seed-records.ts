/**
 * Fills the record table by SQL with as many rows as plans and query times need, a million in about a minute. The rows
 * have the shape of real ones but no valid signatures: they are for reading paths only.
 */
import { createHash } from 'node:crypto';
import { Client } from 'pg';

export interface SeededRecords {
  /** Authors in base64url; each has `recordsPerAuthor` records in each of the collections. */
  readonly authors: readonly string[];
  readonly collections: readonly string[];
}

const collections = ['notes', 'mail'];
const recordsPerAuthor = 100;
/** The newest seeded record; the others lie a second apart before it. */
const newestIat = 1_790_000_000;

/** The database must be migrated and its record table empty. */
export async function seedRecords(databaseUrl: string, count: number): Promise<SeededRecords> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const authorCount = Math.max(1, Math.ceil(count / (recordsPerAuthor * collections.length)));
    const indexes = await dropSecondaryIndexes(client);
    await client.query(insertRows, [count, authorCount, collections, newestIat]);
    for (const definition of indexes) await client.query(definition);
    await client.query("select setval('record_seq', $1)", [count]);
    await client.query('vacuum analyze record');
    return { authors: Array.from({ length: authorCount }, (_, index) => authorOf(index)), collections };
  } finally {
    await client.end();
  }
}

/** Building an index once is several times cheaper than keeping it through a million inserts. */
async function dropSecondaryIndexes(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ indexname: string; indexdef: string }>(
    "select indexname, indexdef from pg_indexes where tablename = 'record' and indexname <> 'record_pkey'",
  );
  for (const { indexname } of rows) await client.query(`drop index ${indexname}`);
  return rows.map(({ indexdef }) => indexdef);
}

/** Rows lie in the order of the log, authors taking turns, as they would if all of them wrote all the time. */
const insertRows = `
  insert into record (seq, id, author, collection, key, iat, topics, head, jws, search)
  select i,
         sha256(convert_to('record ' || i, 'UTF8')),
         sha256(convert_to('author ' || i % $2::int, 'UTF8')),
         ($3::text[])[1 + i / $2::int % cardinality($3::text[])],
         case when i % 10 = 0 then 'key-' || i / 10 % 1000 end,
         $4::bigint - $1::bigint + i,
         case i % 8 when 0 then array['common', 'topic-' || i % 5000] when 1 then array['topic-' || i % 5000] else '{}' end,
         -- by turns and not by rows, so that every author has heads in every collection
         i / $2::int % 20 <> 0,
         repeat('a', 640),
         to_tsvector('simple', 'tide kelp word' || i % 1000 || ' rare' || i % 100000)
  from generate_series(1, $1::bigint) as i`;

/** sha256('author <index>') as in the statement above. */
const authorOf = (index: number): string =>
  createHash('sha256').update(`author ${index}`).digest('base64url');
