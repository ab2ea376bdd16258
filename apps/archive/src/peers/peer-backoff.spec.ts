import { describe, expect, it } from '@jest/globals';
import { archiveLimits } from '../limits.js';
import { misbehavedRestMs, redialMs } from './peer-backoff.js';

describe('the pause before a peer is dialed again', () => {
  it('grows from half a second to a quarter of a minute, and never beyond', () => {
    const almostOne = 1 - Number.EPSILON;
    expect([1, 2, 3, 5, 6, 1_000].map((failures) => redialMs(failures, almostOne))).toEqual([
      999, 1_999, 3_999, 14_999, 14_999, 14_999,
    ]);
  });

  it('is anything down to half a second, so that peers of one that returns do not come at once', () => {
    expect(redialMs(1_000, 0)).toBe(archiveLimits.redialMsMin);
    expect(redialMs(1_000, 0.5)).toBe(archiveLimits.redialMsMax / 2);
  });
});

describe('the rest of a peer that has misbehaved', () => {
  it('doubles each time up to an hour', () => {
    expect([1, 2, 3, 7, 1_000].map(misbehavedRestMs)).toEqual([
      60_000, 120_000, 240_000, 3_600_000, 3_600_000,
    ]);
  });
});
