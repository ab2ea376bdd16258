/**
 * The words by which full-text search finds a record: runs of letters, marks and digits, in lower case, the same way
 * for what is stored and for what is asked. PostgreSQL's own parser gets nothing else to see, because texts like
 * `a_a_a_…`, which it tries to read as addresses and paths, cost it time that grows with the square of their length.
 */

/** A longer run is several words. */
const wordLengthMax = 64;
const asciiWords = new RegExp(`[a-z0-9]{1,${wordLengthMax}}`, 'g');
const words = new RegExp(`[\\p{L}\\p{M}\\p{N}]{1,${wordLengthMax}}`, 'gu');
// eslint-disable-next-line no-control-regex -- all of ASCII
const ascii = /^[\u0000-\u007f]*$/;

/** The words of a text, separated by spaces. */
export function wordsOf(text: string): string {
  const lower = text.toLowerCase();
  // Most texts are ASCII, for which the simpler expression is several times faster.
  return (lower.match(ascii.test(lower) ? asciiWords : words) ?? []).join(' ');
}

/**
 * What was asked, in the syntax of websearch_to_tsquery: "quoted words" follow each other, `or` means either, and a
 * minus before a word excludes it. Within a word, signs separate as they do in what is stored.
 */
export function searchQueryOf(q: string): string {
  return q
    .split('"')
    .map((part) => part.split(/\s+/u).map(termOf).join(' '))
    .join('"');
}

function termOf(term: string): string {
  const inside = wordsOf(term);
  const isExcluded = term.startsWith('-') && inside !== '';
  return isExcluded ? inside.replaceAll(/(^| )/g, '$1-') : inside;
}
