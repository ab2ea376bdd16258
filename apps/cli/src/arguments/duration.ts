/** Durations as people type them: a number and a unit, `30s`, `5m`, `1h`, `7d`, `2w`. */
import { accepted, refused, type Result } from '@holdfast/protocol';
import { cliLimits } from '../limits.js';

const secondsOfUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** @returns whole seconds, at least one */
export function parseDuration(text: string): Result<number> {
  const match = /^(\d{1,9})([smhdw])$/.exec(text);
  const seconds = match === null ? 0 : Number(match[1]) * secondsOfUnit[match[2]!]!;
  if (seconds < 1) {
    return refused('usage-invalid', `"${text.slice(0, 40)}" is not a duration: write 30s, 5m, 1h, 7d or 2w.`);
  }
  if (seconds > cliLimits.durationSecondsMax) {
    return refused('usage-invalid', `"${text}" is too long a duration: at most ten years can be named.`);
  }
  return accepted(seconds);
}
