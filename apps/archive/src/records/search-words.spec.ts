import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { searchQueryOf, wordsOf } from './search-words.js';

describe('the words of a text', () => {
  it('are letters and digits in lower case, whatever signs stand between them', () => {
    expect(wordsOf('Kelp_holds: the ROCK, alice@example.com (2nd)!')).toBe(
      'kelp holds the rock alice example com 2nd',
    );
  });

  it('keep the letters and marks of every script', () => {
    expect(wordsOf('Ärger im Überfluß — Привет, мир; cafe\u0301')).toBe(
      'ärger im überfluß привет мир cafe\u0301',
    );
  });

  it('are at most 64 characters long, a longer run being several', () => {
    expect(wordsOf('x'.repeat(130))).toBe(`${'x'.repeat(64)} ${'x'.repeat(64)} xx`);
  });

  it('are their own words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const words = wordsOf(text);
        expect(words).toMatch(/^(?:[\p{L}\p{M}\p{N}]{1,64}(?: (?!$)|$))*$/u);
        expect(words.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('what is asked', () => {
  it('separates words as what is stored does', () => {
    expect(searchQueryOf('well-known alice@example.com')).toBe('well known alice example com');
  });

  it('keeps quotes, exclusion and the word or', () => {
    expect(searchQueryOf('"Big Kelp" -rock or tide')).toBe('"big kelp" -rock or tide');
    expect(searchQueryOf('-foo_bar')).toBe('-foo -bar');
    expect(searchQueryOf('- "')).toBe(' "');
  });
});
