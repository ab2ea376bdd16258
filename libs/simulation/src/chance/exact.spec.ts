import { describe, expect, it } from '@jest/globals';
import { exactExp, exactLn, exactPow, normalQuantile } from './exact.js';

const between = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => from + ((to - from) * index) / (count - 1));

describe('functions of additions and multiplications', () => {
  it('agree with the logarithm and the exponential of the engine in all but the last bits', () => {
    for (const x of [...between(1e-9, 3, 500), 1e-300, 1e300, 0.5, 1, 2]) {
      expect(Math.abs(exactLn(x) - Math.log(x))).toBeLessThan(1e-14 * Math.max(1, Math.abs(Math.log(x))));
    }
    for (const x of between(-600, 600, 500)) {
      expect(Math.abs(exactExp(x) / Math.exp(x) - 1)).toBeLessThan(1e-12);
    }
    expect(Math.abs(exactPow(7.5, 1.63) / 7.5 ** 1.63 - 1)).toBeLessThan(1e-13);
    expect(exactPow(0, 1.5)).toBe(0);
  });

  it.each([0, -1, NaN, Infinity])('know no logarithm of %d', (x) => {
    expect(() => exactLn(x)).toThrow(RangeError);
  });

  it.each([
    [0.5, 0],
    [0.841344746068543, 1],
    [0.0227501319481792, -2],
    [0.99865010196837, 3],
    [0.0000316712418331199, -4],
  ])('know the value below which a normal variable is with probability %d', (probability, value) => {
    expect(Math.abs(normalQuantile(probability) - value)).toBeLessThan(1e-7);
  });

  it.each([0, 1])('know no value that a normal variable is below with probability %d', (probability) => {
    expect(() => normalQuantile(probability)).toThrow(RangeError);
  });
});
