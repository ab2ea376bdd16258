/**
 * Finds the connections whose other side is gone without a word, or drips a frame so slowly that it only holds memory:
 * each is pinged once an interval, and cut off when the next ping is due and too little has come since. The connections
 * are spread over the interval, so that ten thousand pings do not leave at once, and one timer serves all of them.
 */
import { archiveLimits } from '../../limits.js';

export interface Heart {
  /** What has come so far. */
  readonly bytesRead: number;
  /** How much of it belongs to a frame that is not whole yet. */
  readonly bytesUnfinished: number;
  ping(): void;
  terminate(): void;
}

const slices = 30;

export class Heartbeat {
  /** The connections, with what had come from them at their last ping. */
  private readonly hearts: Map<Heart, number>[] = Array.from({ length: slices }, () => new Map());
  private readonly timer: NodeJS.Timeout;
  private slice = 0;
  private next = 0;

  constructor(intervalMs: number) {
    this.timer = setInterval(() => this.beat(), intervalMs / slices);
    this.timer.unref();
  }

  /** @returns takes the connection out again */
  watch(heart: Heart): () => void {
    const hearts = this.hearts[this.next]!;
    this.next = (this.next + 1) % slices;
    hearts.set(heart, Number.NEGATIVE_INFINITY);
    return () => hearts.delete(heart);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private beat(): void {
    const hearts = this.hearts[this.slice]!;
    this.slice = (this.slice + 1) % slices;
    for (const [heart, bytesBefore] of hearts) {
      const gained = heart.bytesRead - bytesBefore;
      const drips = heart.bytesUnfinished >= gained && gained < archiveLimits.frameProgressBytesMin;
      if (gained === 0 || drips) {
        hearts.delete(heart);
        heart.terminate();
      } else {
        hearts.set(heart, heart.bytesRead);
        heart.ping();
      }
    }
  }
}
