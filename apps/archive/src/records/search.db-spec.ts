import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { openSpecDatabase, type SpecDatabase } from '../../test/database-for-spec.js';
import { searchQueryOf } from './search-query.js';
import { searchVectorOf } from './search-words.js';

let db: SpecDatabase;
beforeAll(async () => (db = await openSpecDatabase()));
afterAll(() => db.drop());

const word = fc.constantFrom('kelp', 'Tide', 'rock', 'or', 'holds2', 'x');
const texts = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
const asked = fc
  .array(
    fc.oneof(
      word,
      word.map((each) => `-${each}`),
      fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `"${words.join(' ')}"`),
      fc.array(word, { minLength: 1, maxLength: 2 }).map((words) => `-"${words.join(' ')}"`),
      fc.constant('or'),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((terms) => terms.join(' '));

describe('search', () => {
  it('finds plain words where websearch_to_tsquery would', async () => {
    await fc.assert(
      fc.asyncProperty(texts, asked, async (text, q) => {
        const { rows } = await db.database.query<{ ours: boolean; theirs: boolean }>(
          `select $1::tsvector @@ $2::tsquery as ours,
                  to_tsvector('simple', $3) @@ websearch_to_tsquery('simple', $4) as theirs`,
          [searchVectorOf(text), searchQueryOf(q), text, q],
        );
        expect({ q, text, found: rows[0]!.ours }).toEqual({ q, text, found: rows[0]!.theirs });
      }),
      { numRuns: 1000 },
    );
  });

  it('takes whatever is stored and whatever is asked', async () => {
    const any = fc.string({ unit: 'binary', maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(any, any, async (text, q) => {
        await db.database.query('select $1::tsvector @@ $2::tsquery', [
          searchVectorOf(text),
          searchQueryOf(q),
        ]);
      }),
      { numRuns: 1000 },
    );
    await db.database.query('select $1::tsvector', [searchVectorOf('𝕏'.repeat(32_768))]);
    await db.database.query('select $1::tsvector', [searchVectorOf('a b '.repeat(8_192))]);
  });

  it('finds every word of a text by itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), async (text) => {
        const q = text.replaceAll(/["-]/g, ' ');
        const query = searchQueryOf(`"${q}"`);
        if (query === '') return;
        const { rows } = await db.database.query('select $1::tsvector @@ $2::tsquery as found', [
          searchVectorOf(q),
          query,
        ]);
        expect(rows).toEqual([{ found: true }]);
      }),
      { numRuns: 500 },
    );
  });
});
