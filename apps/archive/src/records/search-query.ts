/**
 * What is asked of full-text search: words that must all be there; `or` between two of them for either; "quoted words"
 * that must follow each other; a minus before a word or a quote for what must not be there. Signs within a word
 * separate it into words that follow each other. The same as PostgreSQL's websearch_to_tsquery, but with the words that
 * search-words.ts finds.
 */
import { wordsOf } from './search-words.js';

/** The text as the input of PostgreSQL's tsquery. Nothing to look for becomes '', which nothing matches. */
export function searchQueryOf(q: string): string {
  const terms = termsOf(q);
  let query = '';
  let joint = '';
  terms.forEach((term, index) => {
    // Between two terms it joins them; anywhere else it is a word like others.
    if (isOr(term) && joint === ' & ' && index < terms.length - 1) {
      joint = ' | ';
      return;
    }
    query += `${joint}${term.isExcluded ? '!' : ''}${phraseOf(term.words)}`;
    joint = ' & ';
  });
  return query;
}

interface Term {
  readonly words: readonly string[];
  readonly isExcluded: boolean;
  readonly isQuoted: boolean;
}

function termsOf(q: string): Term[] {
  const pieces = q.matchAll(/(-?)"([^"]*)"?|[^\s"]+/gu);
  return [...pieces]
    .map(([piece, minus, quoted]) => ({
      words: wordsOf(quoted ?? piece),
      isExcluded: quoted === undefined ? piece.startsWith('-') : minus === '-',
      isQuoted: quoted !== undefined,
    }))
    .filter(({ words }) => words.length > 0);
}

const isOr = ({ words, isQuoted, isExcluded }: Term): boolean =>
  words.length === 1 && words[0] === 'or' && !isQuoted && !isExcluded;

const phraseOf = (words: readonly string[]): string =>
  words.length === 1 ? words[0]! : `(${words.join(' <-> ')})`;
