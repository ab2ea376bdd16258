import { describe, expect, it } from '@jest/globals';
import { WordHash } from './word-hash.js';

const hashOf = (...words: number[]): string =>
  words.reduce((hash, word) => hash.add(word), new WordHash()).hex();

describe('a hash of numbers', () => {
  it('has another value when a number, their order or their count is another', () => {
    const hashes = [
      hashOf(1, 2),
      hashOf(2, 1),
      hashOf(1, 3),
      hashOf(1),
      hashOf(),
      hashOf(1, 2, 0),
      hashOf(0, 1, 2),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashOf(1, 2)).toBe(hashes[0]);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  it('does not take thousands of different beginnings for one another', () => {
    const hashes = new Set(Array.from({ length: 20_000 }, (_, index) => hashOf(index, 7, 7)));
    expect(hashes.size).toBe(20_000);
  });
});
