/**
 * One bound on what many requests hold in memory. A share grows with what it really holds, so that announcing much
 * costs nobody anything; when the bound is reached, the shares that have waited longest for their client are cut off
 * in favour of the others, and what then still does not fit is refused.
 */
export interface MemoryBounds {
  readonly bytesMax: number;
  /** Younger shares are not cut off: their client may be quick, and only many at once. */
  readonly graceMs: number;
}

export class MemoryShares {
  private used = 0;
  /** Those that wait for their client, the oldest first. */
  private readonly waiting = new Set<MemoryShare>();

  constructor(
    private readonly bounds: MemoryBounds,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get usedBytes(): number {
    return this.used;
  }

  /** @param cutOff ends the request, whose share has been released by then */
  open(cutOff: () => void): MemoryShare {
    const share = new MemoryShare(this.now(), cutOff, {
      take: (bytes, taker) => this.take(bytes, taker),
      rest: (done, bytes) => {
        this.waiting.delete(done);
        this.used -= bytes;
      },
    });
    this.waiting.add(share);
    return share;
  }

  private take(bytes: number, taker: MemoryShare): boolean {
    const oldest = this.now() - this.bounds.graceMs;
    for (const share of this.waiting) {
      if (this.used + bytes <= this.bounds.bytesMax) break;
      if (share.since > oldest) break;
      if (share === taker || share.bytes === 0) continue;
      share.release();
      share.cutOff();
    }
    if (this.used + bytes > this.bounds.bytesMax) return false;
    this.used += bytes;
    return true;
  }
}

interface Pool {
  take(bytes: number, taker: MemoryShare): boolean;
  /** The share waits for nobody any more, and gives these bytes back. */
  rest(share: MemoryShare, bytes: number): void;
}

export class MemoryShare {
  private held = 0;
  private isReleased = false;

  constructor(
    readonly since: number,
    readonly cutOff: () => void,
    private readonly pool: Pool,
  ) {}

  get bytes(): number {
    return this.held;
  }

  /** Whether there was room for this much more. */
  grow(bytes: number): boolean {
    if (this.isReleased || !this.pool.take(bytes, this)) return false;
    this.held += bytes;
    return true;
  }

  /** The client has done its part: from now on it is not its fault how long this takes. */
  settle(): void {
    this.pool.rest(this, 0);
  }

  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.pool.rest(this, this.held);
    this.held = 0;
  }
}
