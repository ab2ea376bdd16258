import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { enoughAt, fullBucket, refill } from './token-bucket.js';

const bounds = { perMinute: 60, burst: 10 };

describe('a token bucket', () => {
  it('never gives more in any while than its burst and what the while is worth', () => {
    const tries = fc.array(fc.record({ waitMs: fc.nat(5_000), wanted: fc.integer({ min: 1, max: 12 }) }));
    fc.assert(
      fc.property(tries, (steps) => {
        const bucket = fullBucket(bounds, 0);
        let now = 0;
        let given = 0;
        for (const { waitMs, wanted } of steps) {
          now += waitMs;
          refill(bucket, bounds, now);
          if (enoughAt(bucket, bounds, wanted, now) !== undefined) continue;
          bucket.tokens -= wanted;
          given += wanted;
          expect(given).toBeLessThanOrEqual(bounds.burst + (now * bounds.perMinute) / 60_000 + 1e-6);
        }
      }),
    );
  });

  it('has as much as was wanted when it says so, and not before', () => {
    const bucket = fullBucket(bounds, 0);
    bucket.tokens = 0;
    const at = enoughAt(bucket, bounds, 3, 0)!;
    expect(at).toBe(3_000);
    refill(bucket, bounds, at - 1);
    expect(enoughAt(bucket, bounds, 3, at - 1)).toBeDefined();
    refill(bucket, bounds, at);
    expect(enoughAt(bucket, bounds, 3, at)).toBeUndefined();
  });

  it('gives nothing for a clock that goes back', () => {
    const bucket = fullBucket(bounds, 60_000);
    bucket.tokens = 2;
    refill(bucket, bounds, 0);
    expect(bucket.tokens).toBe(2);
  });

  it('bounds nothing at a rate of 0', () => {
    const none = { perMinute: 0, burst: 0 };
    expect(enoughAt(fullBucket(none, 0), none, 1e9, 0)).toBeUndefined();
  });
});
