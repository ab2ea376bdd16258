/**
 * The words by which full-text search finds a record: runs of letters, marks and digits, in lower case, the same way
 * for what is stored and for what is asked (search-query.ts), whatever the locale of the database. PostgreSQL's own
 * parser does not get to see texts: on some, like `a_a_a_…`, which it tries to read as addresses and paths, it spends
 * time that grows with the square of their length, and on all others a good part of what a record costs.
 */

/** A longer run is several words. */
const wordLengthMax = 64;
/** What comes later has this place in a tsvector. */
const placeMax = 16_383;
const asciiWords = new RegExp(`[a-z0-9]{1,${wordLengthMax}}`, 'g');
const words = new RegExp(`[\\p{L}\\p{M}\\p{N}]{1,${wordLengthMax}}`, 'gu');
// eslint-disable-next-line no-control-regex -- all of ASCII
const ascii = /^[\u0000-\u007f]*$/;

export function wordsOf(text: string): readonly string[] {
  const lower = text.toLowerCase();
  // Most texts are ASCII, for which the simpler expression is several times faster.
  return (ascii.test(lower) ? lower.match(asciiWords) : lower.normalize('NFC').match(words)) ?? [];
}

/** A text's words with their places, as the input of PostgreSQL's tsvector: `kelp:1 tide:2 kelp:3`. */
export function searchVectorOf(text: string): string {
  return wordsOf(text)
    .map((word, index) => `${word}:${Math.min(index + 1, placeMax)}`)
    .join(' ');
}
