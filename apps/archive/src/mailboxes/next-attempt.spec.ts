import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { archiveLimits } from '../limits.js';
import { nextAttemptAt } from './mailbox-delivery.js';

describe('the time of the next attempt', () => {
  it('lies between the least delay and the backoff, which doubles up to its bound', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 1000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, random) => {
          const delay = nextAttemptAt(attempts, 0, random);
          const {
            deliveryRetryMsMin: least,
            deliveryRetryJitterMs: first,
            deliveryRetryJitterMsMax: most,
          } = archiveLimits;
          expect(delay).toBeGreaterThanOrEqual(least);
          expect(delay).toBeLessThanOrEqual(least + Math.min(most, first * 2 ** attempts));
        },
      ),
    );
    expect(nextAttemptAt(3, 0, 0.5)).toBe(
      archiveLimits.deliveryRetryMsMin + archiveLimits.deliveryRetryJitterMs * 4,
    );
  });
});
