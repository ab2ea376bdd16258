import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { searchVectorOf, wordsOf } from './search-words.js';

describe('the words of a text', () => {
  it('are letters and digits in lower case, whatever signs stand between them', () => {
    expect(wordsOf('Kelp_holds: the ROCK, alice@example.com (2nd)!')).toEqual(
      'kelp holds the rock alice example com 2nd'.split(' '),
    );
  });

  it('keep the letters and marks of every script, composed where they can be', () => {
    expect(wordsOf('Ärger im Überfluß — Привет, мир; cafe\u0301')).toEqual(
      'ärger im überfluß привет мир café'.split(' '),
    );
  });

  it('are at most 64 characters long, a longer run being several', () => {
    expect(wordsOf('x'.repeat(130))).toEqual(['x'.repeat(64), 'x'.repeat(64), 'xx']);
  });

  it('have nothing in them that means something to PostgreSQL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const word of wordsOf(text)) {
          expect(word).toMatch(/^[\p{L}\p{M}\p{N}]{1,64}$/u);
          expect(word.isWellFormed()).toBe(true);
        }
      }),
    );
  });
});

describe('the search vector of a text', () => {
  it('names the words with their places', () => {
    expect(searchVectorOf('Tide, kelp and tide.')).toBe('tide:1 kelp:2 and:3 tide:4');
    expect(searchVectorOf('')).toBe('');
  });

  it('counts places no further than PostgreSQL does', () => {
    expect(searchVectorOf(`${'a '.repeat(20_000)} last`).endsWith('a:16383 last:16383')).toBe(true);
  });
});
