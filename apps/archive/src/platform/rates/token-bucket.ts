/**
 * A token bucket: fills up steadily to its burst, and whoever takes more than it holds is told when there is enough.
 */
export interface BucketBounds {
  /** 0: no bound. */
  readonly perMinute: number;
  readonly burst: number;
}

export interface Bucket {
  tokens: number;
  /** When `tokens` was true, in milliseconds. */
  at: number;
}

const minuteMs = 60_000;

export const fullBucket = ({ burst }: BucketBounds, nowMs: number): Bucket => ({ tokens: burst, at: nowMs });

/** What it holds by now. A clock that goes back gives nothing and takes nothing. */
export function refill(bucket: Bucket, { perMinute, burst }: BucketBounds, nowMs: number): void {
  const elapsedMs = Math.max(0, nowMs - bucket.at);
  bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perMinute) / minuteMs);
  bucket.at = nowMs;
}

/** When a bucket that has just been refilled will hold this much, in milliseconds; undefined when it does. */
export function enoughAt(
  bucket: Bucket,
  { perMinute }: BucketBounds,
  wanted: number,
  nowMs: number,
): number | undefined {
  if (perMinute === 0 || bucket.tokens >= wanted) return undefined;
  return nowMs + Math.ceil(((wanted - bucket.tokens) * minuteMs) / perMinute);
}
