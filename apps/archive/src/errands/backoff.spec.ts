import { describe, expect, it } from '@jest/globals';
import { restMs, retryDelayMs } from './backoff.js';

describe('the delay before another attempt', () => {
  it('is anywhere between a second and a ceiling that doubles up to an hour', () => {
    const highest = (attempts: number) => retryDelayMs(attempts, 0.999_999_999);
    expect([1, 2, 3, 11].map(highest)).toEqual([1_999, 3_999, 7_999, 2_047_999]);
    expect(highest(12)).toBe(3_599_999);
    expect(highest(10_000)).toBe(3_599_999);
    for (const attempts of [1, 5, 10_000]) expect(retryDelayMs(attempts, 0)).toBe(1_000);
    expect(retryDelayMs(20, 0.5)).toBe(1_800_000);
  });

  it('is at most a minute for the archive itself, where something new may be due', () => {
    expect([1, 2, 3, 7, 8, 10_000].map(restMs)).toEqual([500, 1_000, 2_000, 32_000, 60_000, 60_000]);
  });
});
