/**
 * The words by which full-text search finds a record: runs of letters, marks and digits, in lower case, the same way
 * for what is stored and for what is asked (search-query.ts), whatever the locale of the database. PostgreSQL's own
 * parser does not get to see texts: on some, like `a_a_a_…`, which it tries to read as addresses and paths, it spends
 * time that grows with the square of their length, and on all others a good part of what a record costs.
 */

/** A longer run is several words. */
const wordLengthMax = 64;
/** PostgreSQL keeps no more of either in a tsvector. */
const positionMax = 16_383;
const positionsPerWordMax = 255;
const asciiWords = new RegExp(`[a-z0-9]{1,${wordLengthMax}}`, 'g');
const words = new RegExp(`[\\p{L}\\p{M}\\p{N}]{1,${wordLengthMax}}`, 'gu');
// eslint-disable-next-line no-control-regex -- all of ASCII
const ascii = /^[\u0000-\u007f]*$/;

export function wordsOf(text: string): readonly string[] {
  const lower = text.toLowerCase();
  // Most texts are ASCII, for which the simpler expression is several times faster.
  return (ascii.test(lower) ? lower.match(asciiWords) : lower.normalize('NFC').match(words)) ?? [];
}

/** A text's words with their places, as the input of PostgreSQL's tsvector: `kelp:1,3 tide:2`. */
export function searchVectorOf(text: string): string {
  const places = new Map<string, number[]>();
  let place = 0;
  for (const word of wordsOf(text)) {
    place = Math.min(place + 1, positionMax);
    const known = places.get(word);
    if (known === undefined) places.set(word, [place]);
    else if (known.length < positionsPerWordMax) known.push(place);
  }
  let vector = '';
  for (const [word, at] of places) vector += `${word}:${at.length === 1 ? at[0] : at.join()} `;
  return vector;
}
