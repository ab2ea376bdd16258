/**
 * Allowances of many, each refilled steadily up to its burst. Whoever has all of its tokens needs no entry, so that an
 * idle node keeps none; of those that have used some, the longest quiet is forgotten when there are too many.
 */
export interface Allowance {
  readonly perSecond: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

export class TokenBuckets {
  /** The longest quiet first. Made when it is first needed: a simulation has 100,000 idle nodes. */
  #buckets: Map<string, Bucket> | undefined;

  constructor(
    readonly allowance: Allowance,
    private readonly keysMax: number,
  ) {}

  get size(): number {
    return this.#buckets?.size ?? 0;
  }

  /** How many tokens there are; less than none for who has been let go below (`floor`). */
  level(key: string, nowMs: number): number {
    const bucket = this.#buckets?.get(key);
    return bucket === undefined ? this.allowance.burst : this.#levelOf(bucket, nowMs);
  }

  /** Takes them if so many are left above the floor; if not, nothing changes. */
  take(key: string, amount: number, nowMs: number, floor = 0): boolean {
    const tokens = this.level(key, nowMs) - amount;
    if (tokens < floor) return false;
    const buckets = (this.#buckets ??= new Map<string, Bucket>());
    const known = buckets.get(key);
    const bucket = known ?? { tokens, atMs: nowMs };
    bucket.tokens = tokens;
    bucket.atMs = nowMs;
    // The only one is the longest quiet one, wherever it stands: no need to move it for every message.
    if (known !== undefined && buckets.size === 1) return true;
    buckets.delete(key);
    this.#makeRoom(buckets, nowMs);
    buckets.set(key, bucket);
    return true;
  }

  /** Full ones are of no use any more; if the longest quiet one is not full, it goes all the same. */
  #makeRoom(buckets: Map<string, Bucket>, nowMs: number): void {
    for (const [key, bucket] of buckets) {
      const isFull = this.#levelOf(bucket, nowMs) >= this.allowance.burst;
      if (!isFull && buckets.size < this.keysMax) return;
      buckets.delete(key);
    }
  }

  #levelOf(bucket: Bucket, nowMs: number): number {
    const refilled = bucket.tokens + ((nowMs - bucket.atMs) * this.allowance.perSecond) / 1_000;
    return Math.min(this.allowance.burst, refilled);
  }
}
