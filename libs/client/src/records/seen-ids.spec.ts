import { describe, expect, it } from '@jest/globals';
import { SeenIds } from './seen-ids.js';

describe('the ids that were seen', () => {
  it('are known again, until too many others have come', () => {
    const seen = new SeenIds(3);
    expect(['a', 'a', 'b', 'c', 'd', 'b', 'a'].map((id) => seen.add(id))).toEqual([
      true,
      false,
      true,
      true,
      true,
      false,
      true,
    ]);
  });

  it('are kept by the newest ones', () => {
    const seen = new SeenIds(10, ['a', 'b']);
    seen.add('c');
    expect(seen.newest(2)).toEqual(['b', 'c']);
    expect(new SeenIds(10, seen.newest(2)).add('c')).toBe(false);
  });
});
