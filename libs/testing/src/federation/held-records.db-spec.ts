import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { compareRecords, countHeld } from './held-records.js';

let databases: TestDatabase[];
let urls: string[];

beforeEach(async () => {
  databases = [await createTestDatabase(), await createTestDatabase(), await createTestDatabase()];
  urls = databases.map(({ url }) => url);
  for (const url of urls) await execute(url, 'create table record (id bytea primary key, jws text)');
});
afterEach(() => Promise.all(databases.map((database) => database.drop())));

async function execute(url: string, statement: string, values: unknown[] = []): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(statement, values);
  await client.end();
}

const digestOf = (number: number): Buffer => createHash('sha256').update(`header.${number}`).digest();

/** More than are read at once. */
async function hold(url: string, from: number, to: number, signature = 'signature'): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  await execute(url, 'insert into record select * from unnest($1::bytea[], $2::text[])', [
    numbers.map(digestOf),
    numbers.map((number) => `header.${number}.${signature}`),
  ]);
}

describe('comparing what archives hold', () => {
  it('finds them the same when every id and every body is, whatever has been retracted where', async () => {
    for (const url of urls) await hold(url, 0, 2_345);
    await execute(urls[1]!, 'insert into record values ($1, null)', [digestOf(-1)]);
    expect(await compareRecords(urls)).toEqual({
      isSame: true,
      records: 2_345,
      held: [2_345, 2_345, 2_345],
      differences: 0,
      examples: [],
    });
    expect(await countHeld(urls[1]!)).toBe(2_345);
  });

  it('names what is missing and where, and what has another body', async () => {
    await hold(urls[0]!, 0, 1_500);
    await hold(urls[1]!, 0, 1_501);
    await hold(urls[2]!, 1, 1_500);
    await execute(urls[2]!, 'update record set jws = $2 where id = $1', [digestOf(9), 'header.9.other']);
    const compared = await compareRecords(urls);
    expect(compared).toMatchObject({ isSame: false, records: 1_501, differences: 3 });
    expect(compared.held).toEqual([1_500, 1_501, 1_499]);
    const named = new Map(compared.examples.map(({ id, heldBy, what }) => [id, { heldBy, what }]));
    const idOf = (number: number): string => digestOf(number).toString('base64url');
    expect(named.get(idOf(0))).toEqual({ heldBy: [0, 1], what: 'missing' });
    expect(named.get(idOf(1_500))).toEqual({ heldBy: [1], what: 'missing' });
    expect(named.get(idOf(9))).toEqual({ heldBy: [0, 1, 2], what: 'body' });
  });

  it('does not take a body for a record that its id does not stand for', async () => {
    for (const url of urls) await hold(url, 0, 3);
    await execute(urls[1]!, 'update record set jws = $2 where id = $1', [digestOf(1), 'header.7.signature']);
    await expect(compareRecords(urls)).rejects.toThrow('stands another record');
  });
});
