/**
 * Ids and public keys are base64url, and one in 64 begins with "-": it must not be taken for an option. Words that can
 * be nothing but an id are marked before commander reads the command line, and unmarked where they are used.
 */
const mark = '\u0000';

/**
 * 16 bytes (messages) or 32 (records, authors), or the 12 characters by which tables name archives, as a word that
 * commander would take for options. "--collection" has 12, too.
 */
const idPattern = /^-(?:\w[\w-]{10}|[\w-]{21}|[\w-]{42})$/;

/** Some commands take the beginning of an id, of any length. */
const takesBeginning: ReadonlySet<string> = new Set(['approve', 'block', 'remove']);

/** The one-letter options go with no other letters. */
const beginningPattern = /^-(?![hV]$)[A-Za-z0-9_][\w-]*$/;

export function markIds(words: readonly string[]): string[] {
  const at = words.findIndex((word, i) => words[i - 1] === 'peers' && takesBeginning.has(word));
  const isBeginning = (word: string, i: number): boolean => at >= 0 && i > at && beginningPattern.test(word);
  return words.map((word, i) => (idPattern.test(word) || isBeginning(word, i) ? mark + word : word));
}

/** What commander has taken for an option may have been the beginning of an id, or a name. */
export const mayBeWord = (option: string): boolean => option.startsWith('-') && !/^--[a-z]+/.test(option);

/** What was typed. No word of a command line contains the mark by itself: the system ends arguments at it. */
export const wordAsTyped = (word: string): string => (word.startsWith(mark) ? word.slice(mark.length) : word);
