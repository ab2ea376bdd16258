import { describe, expect, it } from '@jest/globals';
import { searchQueryOf } from './search-query.js';

describe('what is asked of full-text search', () => {
  it.each([
    ['Kelp tide', 'kelp & tide'],
    ['kelp or tide rock', 'kelp | tide & rock'],
    ['kelp OR tide', 'kelp | tide'],
    ['"Big Kelp" tide', '(big <-> kelp) & tide'],
    ['-rock', '!rock'],
    ['kelp -"big rock"', 'kelp & !(big <-> rock)'],
    ['-foo_bar', '!(foo <-> bar)'],
    ['alice@example.com', '(alice <-> example <-> com)'],
    ['"an open quote', '(an <-> open <-> quote)'],
    ['or', 'or'],
    ['or kelp', 'or & kelp'],
    ['kelp or', 'kelp & or'],
    ['kelp or or tide', 'kelp | or & tide'],
    ['"or" tide', 'or & tide'],
    ['- "" () : & | ! \\ \'', ''],
    ["kelp' & !tide:*", 'kelp & tide'],
  ])('%s', (asked, query) => {
    expect(searchQueryOf(asked)).toBe(query);
  });
});
