/** How much the other side of a link may send: two buckets, for chunks and for bytes, which fill as time goes by. */
import { linkLimits } from './link-limits.js';

export class InboundAllowance {
  #chunks: number = linkLimits.chunksBurst;
  #bytes: number = linkLimits.bytesBurst;

  constructor(private filledAtMs: number) {}

  /** Whether it was allowed; clocks that go back fill nothing. */
  take(bytes: number, nowMs: number): boolean {
    const { chunksPerSecond, chunksBurst, bytesPerSecond, bytesBurst } = linkLimits;
    const seconds = Math.max(0, nowMs - this.filledAtMs) / 1000;
    this.filledAtMs = nowMs;
    this.#chunks = Math.min(chunksBurst, this.#chunks + seconds * chunksPerSecond) - 1;
    this.#bytes = Math.min(bytesBurst, this.#bytes + seconds * bytesPerSecond) - bytes;
    return this.#chunks >= 0 && this.#bytes >= 0;
  }
}
