import { describe, expect, it } from '@jest/globals';
import { readScope } from './scope.js';

describe('a scope that an archive says', () => {
  it('is read when every member is known, and says nothing otherwise', () => {
    expect(readScope({})).toEqual({});
    expect(readScope({ collections: ['notes'], since: 7 })).toEqual({ collections: ['notes'], since: 7 });
    const unread = [undefined, null, [], 'notes', { topics: [] }, { topics: ['kelp'], languages: ['de'] }];
    for (const value of unread) expect(readScope(value)).toBeUndefined();
  });
});
