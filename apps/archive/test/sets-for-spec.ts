/** What the set of a database is by definition, computed from its log alone: what the fingerprints are compared with. */
import { expect } from '@jest/globals';
import { fingerprintOf, IdSum, SortedArray, type Item } from '@holdfast/reconcile';
import type { RecordSets } from '../src/gossip/fingerprints/record-sets.js';
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

/** As it is before anything was stored. */
export async function emptyLog(database: Database): Promise<void> {
  await database.query(
    'truncate record, retraction, record_block; update record_set set up_to = 0, version = version + 1; alter sequence record_seq restart',
  );
}

/** By every way of asking: the sum that is kept, the items that are read, and the check. */
export async function expectRightSet(database: Database, of: RecordSets): Promise<void> {
  const expected = await setOf(database);
  const whole = await of.whole();
  expect(whole.count).toBe(expected.size);
  const { sum, count } = expected.sum(0, expected.size);
  expect(whole.fingerprint).toEqual(fingerprintOf(sum, count));
  const set = await of.open([{}]);
  const names = await set.run((storage) => namesOf(storage.items(0, storage.size)));
  expect(names).toEqual(namesOf(expected.items(0, expected.size)));
  expect(await of.check()).toEqual({ ok: true, upTo: whole.upTo, count, wrongBlocks: [] });
}
