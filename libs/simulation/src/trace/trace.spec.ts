import { describe, expect, it } from '@jest/globals';
import { Fnv1a } from './fnv1a.js';
import { Trace } from './trace.js';

describe('a trace', () => {
  it.each([
    ['', 'cbf29ce484222325'],
    ['a', 'af63dc4c8601ec8c'],
    ['foobar', '85944171f73967e8'],
  ])('hashes %j as FNV-1a does', (text, hex) => {
    expect(new Fnv1a().add(text).hex()).toBe(hex);
    expect(new Fnv1a().addBytes(new TextEncoder().encode(text)).hex()).toBe(hex);
  });

  it('has another hash when a line, its detail, its time or the order is another', () => {
    const hashOf = (...lines: [nowMs: number, what: string, detail?: string][]): string => {
      let now = 0;
      const trace = new Trace({ nowMs: () => now });
      for (const [nowMs, what, detail] of lines) {
        now = nowMs;
        trace.note(what, detail);
      }
      return trace.hash();
    };
    const hashes = [
      hashOf([1, 'a'], [2, 'b']),
      hashOf([1, 'b'], [2, 'a']),
      hashOf([1, 'a'], [3, 'b']),
      hashOf([1, 'a'], [2, 'b', 'more']),
      hashOf([1, 'a']),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashOf([1, 'a'], [2, 'b'])).toBe(hashes[0]);
  });

  it('keeps its last lines only, and counts all', () => {
    const trace = new Trace({ nowMs: () => 7, linesMax: 3 });
    for (let i = 0; i < 100; i++) trace.note(`line ${i}`);
    expect(trace.lines()).toEqual(['7 line 97', '7 line 98', '7 line 99']);
    expect(trace.count).toBe(100);
    expect(new Trace({ nowMs: () => 0 }).lines()).toEqual([]);
  });
});
