/** Floods that have passed here, so that none passes twice: for a time, and a bounded number of them. */
import type { Key } from '../keys/key.js';

export class SeenFloods {
  /** Since when, the oldest first. Made when it is first needed: a simulation has 100,000 idle nodes. */
  #sinceMs: Map<string, number> | undefined;

  constructor(
    private readonly max: number,
    private readonly ageMs: number,
  ) {}

  get size(): number {
    return this.#sinceMs?.size ?? 0;
  }

  /** Whether it is seen for the first time. */
  isNew(flood: Key, nowMs: number): boolean {
    const sinceMs = (this.#sinceMs ??= new Map<string, number>());
    for (const [key, atMs] of sinceMs) {
      if (nowMs - atMs < this.ageMs) break;
      sinceMs.delete(key);
    }
    if (sinceMs.has(flood.text)) return false;
    for (const key of sinceMs.keys()) {
      if (sinceMs.size < this.max) break;
      sinceMs.delete(key);
    }
    sinceMs.set(flood.text, nowMs);
    return true;
  }
}
