import { describe, expect, it } from '@jest/globals';
import { limits } from '../limits.js';
import { checkExpiry } from './expiry.js';

const hour = 500_000;
const instant = hour * 3600;
const longest = limits.crateLifetimeHoursMax * 3600 + limits.clockSkewSecondsMax;

describe('expiry', () => {
  it('is the instant at which the hour begins', () => {
    expect(checkExpiry(hour, instant - 1)).toEqual({ ok: true, value: instant });
    expect(checkExpiry(hour, instant)).toMatchObject({ ok: false, code: 'crate-expired' });
    expect(checkExpiry(hour, instant + 1)).toMatchObject({ ok: false, code: 'crate-expired' });
  });

  it('lies at most the longest lifetime and the clock skew ahead', () => {
    expect(checkExpiry(hour, instant - longest)).toEqual({ ok: true, value: instant });
    expect(checkExpiry(hour, instant - longest - 1)).toMatchObject({
      ok: false,
      code: 'crate-expiry-too-far',
    });
  });
});
