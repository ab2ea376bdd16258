import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs } from './backoff.js';

const settings = { baseMs: 500, maxMs: 30_000 };

describe('backoff', () => {
  it('doubles its ceiling with every failure, up to the greatest', () => {
    const ceilings = [1, 2, 3, 6, 7, 8, 1_000].map((failures) => backoffMs(failures, 1, settings));
    expect(ceilings).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('lies anywhere between nothing and the ceiling', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), random, (failures, at) => {
        const delay = backoffMs(failures, at, settings);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(backoffMs(failures, 1, settings));
      }),
    );
    expect(backoffMs(5, 0, settings)).toBe(0);
  });
});
