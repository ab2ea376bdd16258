import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { archiveLimits } from '../../limits.js';
import { searchTextOf } from './record-row.js';

describe('the text that search finds a record by', () => {
  it('has all strings of the body at any depth, and no names of members', () => {
    expect(
      searchTextOf({ title: 'one', list: ['two', { deep: ['three'] }], number: 4, flag: true, none: null }),
    ).toBe('one two three');
  });

  it('has no NUL, which PostgreSQL refuses in a text', () => {
    expect(searchTextOf(['a\0b'])).toBe('a b');
  });

  it('has nothing in it on which PostgreSQL would spend more than linear time', () => {
    expect(searchTextOf('a_'.repeat(3))).toBe('a a a');
    expect(searchTextOf('http://a.b/c/d?e=f@g.h')).toBe('http a b c d e f g h');
  });

  it('is bounded, well-formed, and begins as the body does', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40_000 }), { maxLength: 3 }), (body) => {
        const text = searchTextOf(body);
        // Lower case may take two characters where upper case took one, and a long run is cut by spaces.
        expect(text.length).toBeLessThanOrEqual((archiveLimits.searchTextLengthMax + body.length) * 3);
        expect(text.isWellFormed()).toBe(true);
        expect(text.includes('\0')).toBe(false);
      }),
    );
  });
});
