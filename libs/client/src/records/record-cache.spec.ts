import { describe, expect, it } from '@jest/globals';
import type { HoldfastRecord } from '@holdfast/protocol';
import { RecordCache } from './record-cache.js';

const record = (id: string, more: Partial<HoldfastRecord> = {}): HoldfastRecord => ({
  id,
  author: 'alice',
  collection: 'notes',
  iat: 1,
  body: null,
  jws: 'x'.repeat(10),
  ...more,
});

describe('the cache of records', () => {
  it('drops what was not used for longest when it is full', () => {
    const cache = new RecordCache(30);
    for (const id of ['a', 'b', 'c']) cache.add(record(id));
    cache.get('a', 0);
    cache.add(record('d'));
    expect(['a', 'b', 'c', 'd'].map((id) => cache.get(id, 0)?.id)).toEqual(['a', undefined, 'c', 'd']);
  });

  it('counts a record that comes again once', () => {
    const cache = new RecordCache(30);
    for (let i = 0; i < 10; i++) cache.add(record('a'));
    cache.add(record('b'));
    expect(cache.get('a', 0)?.id).toBe('a');
  });

  it('forgets what its author retracts, and nothing that somebody else retracts', () => {
    const cache = new RecordCache(1_000);
    cache.add(record('a'));
    cache.add(record('b'));
    cache.add(record('r1', { collection: 'retractions', refs: ['a'] }));
    cache.add(record('r2', { collection: 'retractions', refs: ['b'], author: 'mallory' }));
    expect([cache.get('a', 0), cache.get('b', 0)?.id]).toEqual([undefined, 'b']);
  });

  it('does not answer with what has expired', () => {
    const cache = new RecordCache(1_000);
    cache.add(record('a', { exp: 100 }));
    expect([cache.get('a', 99)?.id, cache.get('a', 100), cache.get('a', 99)]).toEqual([
      'a',
      undefined,
      undefined,
    ]);
  });
});
