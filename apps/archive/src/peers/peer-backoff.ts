/** When a peer is tried again: exponentially later with full jitter, and much later when it has misbehaved. */
import { archiveLimits } from '../limits.js';

/**
 * @param failures how many attempts have failed in a row, at least 1
 * @param random from 0 to below 1
 */
export function redialMs(failures: number, random: number): number {
  const { redialMsMin: min, redialMsMax: max } = archiveLimits;
  // Further doublings change nothing, and would become infinite.
  const ceiling = Math.min(max, min * 2 ** Math.min(failures, 30));
  return Math.max(min, Math.floor(random * ceiling));
}

/** @param misbehaved how often it has, at least 1 */
export function misbehavedRestMs(misbehaved: number): number {
  const { misbehavedRestMsMin: min, misbehavedRestMsMax: max } = archiveLimits;
  return Math.min(max, min * 2 ** Math.min(misbehaved - 1, 30));
}
