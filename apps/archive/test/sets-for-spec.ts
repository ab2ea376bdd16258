/** What the set of a database is by definition, computed from its log alone: what the fingerprints are compared with. */
import { IdSum, SortedArray, type Item } from '@holdfast/reconcile';
import type { Database } from '../src/platform/database/database.js';

interface LogRow {
  readonly seq: string;
  readonly id: Buffer;
  readonly author: Buffer;
  readonly collection: string;
  readonly iat: string;
  readonly jws: string | null;
}

/** @param upTo a seq; the whole log without it */
export async function setOf(database: Database, upTo = Number.MAX_SAFE_INTEGER): Promise<SortedArray> {
  const { rows } = await database.query<LogRow>(
    'select seq, id, author, collection, iat, jws from record where seq <= $1 order by seq',
    [upTo],
  );
  const retracted = new Set<string>();
  for (const { author, collection, jws } of rows) {
    if (collection !== 'retractions') continue;
    const payload = JSON.parse(Buffer.from(jws!.split('.')[1]!, 'base64url').toString()) as {
      refs?: string[];
    };
    for (const target of payload.refs ?? []) retracted.add(`${author.toString('base64url')} ${target}`);
  }
  const items = rows.filter(
    ({ id, author, collection }) =>
      collection === 'retractions' ||
      !retracted.has(`${author.toString('base64url')} ${id.toString('base64url')}`),
  );
  return new SortedArray(items.map(({ id, iat }): Item => ({ time: Number(iat), id })));
}

export const namesOf = (items: Iterable<Item>): string[] =>
  [...items].map(({ time, id }) => `${time} ${Buffer.from(id).toString('hex')}`);

export const sumOf = (items: Iterable<Item>): string => {
  const sum = new IdSum();
  for (const { id } of items) sum.add(id);
  return Buffer.from(sum.toBytes()).toString('hex');
};
