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

  it('is bounded, and begins as the body does', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40_000 }), { maxLength: 3 }), (body) => {
        const text = searchTextOf(body);
        expect(text.length).toBeLessThanOrEqual(archiveLimits.searchTextLengthMax + body.length);
        expect(body.join(' ').startsWith(text)).toBe(true);
      }),
    );
  });
});
