/**
 * Exponential backoff with full jitter: a random time below a ceiling that doubles, so that the clients of an archive
 * that returns do not all arrive in one moment.
 */
export interface BackoffSettings {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * @param failures how often it has failed so far, at least 1
 * @param random in [0, 1)
 */
export function backoffMs(failures: number, random: number, { baseMs, maxMs }: BackoffSettings): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return Math.floor(random * ceiling);
}
