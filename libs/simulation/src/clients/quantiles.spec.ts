import { describe, expect, it } from '@jest/globals';
import { quantilesOf, shareOf } from './quantiles.js';

describe('summaries', () => {
  it('are by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantilesOf(values)).toEqual({ p50: 50, p95: 95, p99: 99, mean: 50.5, max: 100 });
    expect(quantilesOf([3])).toEqual({ p50: 3, p95: 3, p99: 3, mean: 3, max: 3 });
  });

  it('of nothing are zero', () => {
    expect(quantilesOf([])).toEqual({ p50: 0, p95: 0, p99: 0, mean: 0, max: 0 });
  });

  it('of shares keep a hundredth of a percent', () => {
    expect([shareOf(2, 3), shareOf(0, 5), shareOf(0, 0)]).toEqual([0.6667, 0, null]);
  });
});
