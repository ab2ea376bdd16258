/**
 * When a crate expires (spec/crates.md, "Expiry"): on a whole hour, so that an envelope does not tell when it was made.
 */
import { accepted, refused, type Result } from '../errors/result.js';
import { limits } from '../limits.js';
import { ageOf } from './life-cycle.js';

const hourSeconds = 3600;

/**
 * The instant of expiry as a NumericDate, when it lies ahead and no further than is allowed.
 * @param now NumericDate of the reader, seconds
 */
export function checkExpiry(expiryHour: number, now: number): Result<number> {
  const expiry = expiryHour * hourSeconds;
  if (ageOf(expiryHour, now) !== 'current')
    return refused('crate-expired', `The crate expired at ${expiry}.`);
  const latest = now + limits.crateLifetimeHoursMax * hourSeconds + limits.clockSkewSecondsMax;
  if (expiry > latest) {
    return refused('crate-expiry-too-far', `The crate expires at ${expiry}; ${latest} is the latest here.`);
  }
  return accepted(expiry);
}
