/**
 * The requests of one connection that are not finished, by their numbers: a request is in flight until its handler is
 * done, a follow, collect or join stays open until it is cancelled. Both are bounded, and a number that is in use is refused,
 * because two requests with one number could not be told apart in the answers.
 */
import { accepted, HoldfastError, limits, refused, type RequestOp, type Result } from '@holdfast/protocol';
import type { StreamKind } from './operations.js';

export interface Stream {
  readonly kind: StreamKind;
  cancel(): void;
}

const streamsMax: Readonly<Record<StreamKind, number>> = {
  follow: limits.followsPerConnectionMax,
  collect: limits.mailboxesPerConnectionMax,
  relay: 1,
};

const kindsOf: { readonly [Op in RequestOp]?: StreamKind } = {
  follow: 'follow',
  collect: 'collect',
  join: 'relay',
};

/**
 * One request from its frame to the end of its handler and of its stream. The object and not the number says which
 * request is meant: a number may be used again once its request has ended, while the old handler is still winding up.
 */
export class OpenRequest {
  stream: Stream | undefined;
  /** A cancel has come before the handler opened its stream. */
  isCancelled = false;
  isHandled = false;

  constructor(
    readonly n: number,
    readonly op: RequestOp,
  ) {}
}

export class OpenRequests {
  private readonly inFlight = new Map<number, OpenRequest>();
  private readonly streams = new Map<number, OpenRequest>();
  /** Streams that are open, and ended ones whose handlers still hold on to what they need. */
  private readonly counts: Record<StreamKind, number> = { follow: 0, collect: 0, relay: 0 };

  get inFlightCount(): number {
    return this.inFlight.size;
  }

  isTaken(n: number): boolean {
    return this.inFlight.has(n) || this.streams.has(n);
  }

  /** Refuses when there is no room. */
  begin(n: number, op: RequestOp): Result<OpenRequest> {
    if (this.inFlight.size >= limits.inFlightPerConnectionMax) {
      return refused(
        'too-many-in-flight',
        `At most ${limits.inFlightPerConnectionMax} requests of a connection may be unanswered.`,
      );
    }
    const request = new OpenRequest(n, op);
    this.inFlight.set(n, request);
    return accepted(request);
  }

  /** Its handler is done; a stream that it opened may go on. */
  finish(request: OpenRequest): void {
    request.isHandled = true;
    if (this.inFlight.get(request.n) === request) this.inFlight.delete(request.n);
    this.free(request);
  }

  /** @throws HoldfastError `quota-exceeded` */
  open(n: number, stream: Stream): void {
    const { kind } = stream;
    if (this.counts[kind] >= streamsMax[kind]) {
      throw new HoldfastError(
        'quota-exceeded',
        `A connection has room for ${streamsMax[kind]} of the kind "${kind}".`,
        { limit: streamsMax[kind] },
      );
    }
    const request = this.inFlight.get(n);
    if (request === undefined || request.isCancelled) {
      this.inFlight.delete(n);
      stream.cancel();
      return;
    }
    this.inFlight.delete(n);
    request.stream = stream;
    this.streams.set(n, request);
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
      const open = this.streams.get(target);
      if (open !== undefined) this.end(open);
      return true;
    }
    if (kindsOf[request.op] === undefined) return false;
    request.isCancelled = true;
    return true;
  }

  /** @returns false when it had ended already, by a cancel: nobody waits for an answer to it any more */
  end(request: OpenRequest): boolean {
    if (this.streams.get(request.n) !== request) return this.inFlight.get(request.n) === request;
    this.streams.delete(request.n);
    request.stream!.cancel();
    this.free(request);
    return true;
  }

  endAll(): void {
    for (const request of [...this.streams.values()]) this.end(request);
  }

  private free(request: OpenRequest): void {
    const { stream, isHandled, n } = request;
    if (stream === undefined || !isHandled || this.streams.get(n) === request) return;
    request.stream = undefined;
    this.counts[stream.kind] -= 1;
  }
}
