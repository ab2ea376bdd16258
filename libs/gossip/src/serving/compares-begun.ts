/**
 * How many comparisons each peer has begun in the last minute, over all its links: a peer that comes anew begins no new
 * count. Opening a set may mean reading all of it.
 */
import { gossipLimits } from '../limits.js';

const minuteMs = 60_000;

export class ComparesBegun {
  /** When, by peer; what is older than a minute is dropped whenever one begins. */
  readonly #begun = new Map<string, number[]>();

  /** Whether the peer may begin another one now, which then counts. */
  begin(peerId: string, nowMs: number): boolean {
    for (const [id, times] of this.#begun) {
      const recent = times.filter((beganMs) => beganMs > nowMs - minuteMs);
      if (recent.length === 0) this.#begun.delete(id);
      else this.#begun.set(id, recent);
    }
    const times = this.#begun.get(peerId) ?? [];
    if (times.length >= gossipLimits.comparesServedPerMinuteMax) return false;
    this.#begun.set(peerId, [...times, nowMs]);
    return true;
  }
}
