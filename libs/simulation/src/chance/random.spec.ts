import { describe, expect, it } from '@jest/globals';
import { Random } from './random.js';

const words = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.word());

describe('chance', () => {
  it('is xoshiro128** as its authors publish it', () => {
    // What xoshiro128starstar.c gives for the state 1, 2, 3, 4.
    expect(words(new Random([1, 2, 3, 4]), 10)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
    expect(() => new Random([0, 0, 0, 0])).toThrow(RangeError);
  });

  it('repeats a stream by seed and name, and gives another one for each other seed or name', () => {
    const of = (seed: number, name: string): string => words(Random.stream(seed, name), 4).join(' ');
    expect(of(1, 'alice')).toBe(of(1, 'alice'));
    const streams = [of(1, 'alice'), of(1, 'bob'), of(2, 'alice'), of(11, 'alice'), of(1, 'alicf')];
    expect(new Set(streams).size).toBe(streams.length);
  });

  it('draws numbers evenly, within what was asked for', () => {
    const random = Random.stream(5, 'dice');
    const counts = new Map<number, number>();
    for (let i = 0; i < 60_000; i++) {
      const thrown = random.whole(1, 6);
      counts.set(thrown, (counts.get(thrown) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('waits as long on average as it was asked to', () => {
    const random = Random.stream(6, 'waiting');
    let sum = 0;
    for (let i = 0; i < 20_000; i++) sum += random.exponential(50);
    expect(sum / 20_000).toBeGreaterThan(48);
    expect(sum / 20_000).toBeLessThan(52);
  });

  it('chooses some without choosing one twice', () => {
    const random = Random.stream(7, 'choice');
    const chosen = random.someOf(['a', 'b', 'c', 'd'], 3);
    expect(new Set(chosen).size).toBe(3);
    expect(random.someOf(['a', 'b'], 5).sort()).toEqual(['a', 'b']);
    expect(() => random.oneOf([])).toThrow(RangeError);
  });
});
