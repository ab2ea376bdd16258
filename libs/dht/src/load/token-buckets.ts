/**
 * Allowances of many, each refilled steadily up to its burst. Whoever has all of its tokens needs no entry, so that an
 * idle node keeps none; of those that have used some, the longest quiet is forgotten when there are too many.
 */
export interface Allowance {
  readonly perSecond: number;
  readonly burst: number;
}

/** One allowance, full at first. */
export class TokenBucket {
  #tokens: number;
  #atMs = 0;

  constructor(readonly allowance: Allowance) {
    this.#tokens = allowance.burst;
  }

  /** How many tokens there are; less than none for who has been let go below (`floor`). */
  level(nowMs: number): number {
    const refilled = this.#tokens + ((nowMs - this.#atMs) * this.allowance.perSecond) / 1_000;
    return Math.min(this.allowance.burst, refilled);
  }

  /** Takes them if so many are left above the floor; if not, nothing changes. */
  take(amount: number, nowMs: number, floor = 0): boolean {
    const tokens = this.level(nowMs) - amount;
    if (tokens < floor) return false;
    this.#tokens = tokens;
    this.#atMs = nowMs;
    return true;
  }
}

export class TokenBuckets {
  /** The longest quiet first. Made when it is first needed: a simulation has 100,000 idle nodes. */
  #buckets: Map<string, TokenBucket> | undefined;

  constructor(
    readonly allowance: Allowance,
    private readonly keysMax: number,
  ) {}

  get size(): number {
    return this.#buckets?.size ?? 0;
  }

  /** As of one bucket. */
  level(key: string, nowMs: number): number {
    return this.#buckets?.get(key)?.level(nowMs) ?? this.allowance.burst;
  }

  /** As of one bucket. */
  take(key: string, amount: number, nowMs: number, floor = 0): boolean {
    const buckets = (this.#buckets ??= new Map<string, TokenBucket>());
    const known = buckets.get(key);
    const bucket = known ?? new TokenBucket(this.allowance);
    if (!bucket.take(amount, nowMs, floor)) return false;
    // The only one is the longest quiet one, wherever it stands: no need to move it for every message.
    if (known !== undefined && buckets.size === 1) return true;
    buckets.delete(key);
    this.#makeRoom(buckets, nowMs);
    buckets.set(key, bucket);
    return true;
  }

  /** Full ones are of no use any more; if the longest quiet one is not full, it goes all the same. */
  #makeRoom(buckets: Map<string, TokenBucket>, nowMs: number): void {
    for (const [key, bucket] of buckets) {
      const isFull = bucket.level(nowMs) >= this.allowance.burst;
      if (!isFull && buckets.size < this.keysMax) return;
      buckets.delete(key);
    }
  }
}
