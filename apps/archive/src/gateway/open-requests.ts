/**
 * The requests of one connection that are not finished, by their numbers: a request is in flight until its handler is
 * done, a follow or collect stays open until it is cancelled. Both are bounded, and a number that is in use is refused,
 * because two requests with one number could not be told apart in the answers.
 */
import { HoldfastError, limits, refused, type Refusal, type RequestOp } from '@holdfast/protocol';

export interface Stream {
  readonly kind: 'follow' | 'collect';
  cancel(): void;
}

const streamsMax = {
  follow: limits.followsPerConnectionMax,
  collect: limits.mailboxesPerConnectionMax,
} as const;

interface InFlight {
  readonly op: RequestOp;
  /** A cancel has come before the handler opened its stream. */
  cancelled: boolean;
}

export class OpenRequests {
  private readonly inFlight = new Map<number, InFlight>();
  private readonly streams = new Map<number, Stream>();
  private readonly counts = { follow: 0, collect: 0 };

  get inFlightCount(): number {
    return this.inFlight.size;
  }

  isTaken(n: number): boolean {
    return this.inFlight.has(n) || this.streams.has(n);
  }

  /** @returns a refusal when there is no room */
  begin(n: number, op: RequestOp): Refusal | undefined {
    if (this.inFlight.size >= limits.inFlightPerConnectionMax) {
      return refused(
        'too-many-in-flight',
        `At most ${limits.inFlightPerConnectionMax} requests of a connection may be unanswered.`,
      );
    }
    this.inFlight.set(n, { op, cancelled: false });
    return undefined;
  }

  finish(n: number): void {
    this.inFlight.delete(n);
  }

  /** @throws HoldfastError `quota-exceeded` */
  open(n: number, stream: Stream): void {
    const { kind } = stream;
    if (this.counts[kind] >= streamsMax[kind]) {
      throw new HoldfastError(
        'quota-exceeded',
        `A connection has room for ${streamsMax[kind]} of op "${kind}".`,
        { limit: streamsMax[kind] },
      );
    }
    const request = this.inFlight.get(n);
    this.inFlight.delete(n);
    if (request?.cancelled === true) {
      stream.cancel();
      return;
    }
    this.streams.set(n, stream);
    this.counts[kind] += 1;
  }

  /**
   * Ends the stream, also one that its handler has yet to open, and one that has ended already: a cancel may cross the
   * end on its way.
   * @returns false when the number belongs to a request that cannot be cancelled
   */
  cancel(target: number): boolean {
    const request = this.inFlight.get(target);
    if (request === undefined) {
      this.end(target);
      return true;
    }
    if (!(request.op in streamsMax)) return false;
    request.cancelled = true;
    return true;
  }

  end(n: number): void {
    const stream = this.streams.get(n);
    if (stream === undefined) return;
    this.streams.delete(n);
    this.counts[stream.kind] -= 1;
    stream.cancel();
  }

  endAll(): void {
    for (const n of [...this.streams.keys()]) this.end(n);
  }
}
