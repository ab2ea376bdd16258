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

export const markIds = (words: readonly string[]): string[] =>
  words.map((word) => (idPattern.test(word) ? mark + word : word));

/** What was typed. No word of a command line contains the mark by itself: the system ends arguments at it. */
export const wordAsTyped = (word: string): string => (word.startsWith(mark) ? word.slice(mark.length) : word);
