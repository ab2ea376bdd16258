/** When an errand is tried again: exponentially later, with full jitter, between a second and an hour. */
import { archiveLimits } from '../limits.js';

/**
 * @param attempts how many have failed, at least 1
 * @param random from 0 to below 1
 */
export function retryDelayMs(attempts: number, random: number): number {
  const { errandRetryMsMin: min, errandRetryMsMax: max } = archiveLimits;
  // Further doublings change nothing, and would become infinite.
  const ceiling = Math.min(max, min * 2 ** Math.min(attempts, 30));
  return Math.max(min, Math.floor(random * ceiling));
}

/** How long a target rests after so many failures in a row, whatever else is due there. */
export function restMs(failures: number): number {
  const { errandTargetRestMsMin: min, errandTargetRestMsMax: max } = archiveLimits;
  return Math.min(max, min * 2 ** Math.min(failures - 1, 30));
}
