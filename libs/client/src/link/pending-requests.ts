/**
 * The requests of one link that have no answer yet: a bounded queue of unsent ones and the ones in flight, by number.
 * Order is kept: what was asked first is sent first, also again after a lost connection.
 */
import { limits } from '../limits.js';

export interface PendingRequest {
  readonly n: number;
  readonly text: string;
  readonly kind: 'single' | 'stream';
  sent: boolean;
  /** A stream that has been answered goes on, and takes no room among what is in flight. */
  isStreaming?: boolean;
  /** It does not outlive an attempt to connect that fails. */
  readonly isImpatient?: boolean;
  /** When it fails: unsent for want of a connection, sent for want of an answer. Milliseconds since 1970. */
  deadline: number;
  /** However often it is sent again, it fails by then. */
  readonly giveUpAt: number;
}

export class PendingRequests {
  /** In the order of the numbers, which is the order of asking. */
  readonly #requests = new Map<number, PendingRequest>();
  #bytes = 0;
  #inFlight = 0;

  get size(): number {
    return this.#requests.size;
  }

  get(n: number): PendingRequest | undefined {
    return this.#requests.get(n);
  }

  /** False when there is no room. */
  add(request: PendingRequest): boolean {
    if (this.size >= limits.pendingMax) return false;
    if (this.#bytes + request.text.length > limits.pendingBytesMax && this.size > 0) return false;
    this.#requests.set(request.n, request);
    this.#bytes += request.text.length;
    return true;
  }

  remove(n: number): PendingRequest | undefined {
    const request = this.#requests.get(n);
    if (request === undefined) return undefined;
    this.#requests.delete(n);
    this.#bytes -= request.text.length;
    if (request.sent && request.isStreaming !== true) this.#inFlight--;
    return request;
  }

  /** The stream has had its first answer. */
  streams(request: PendingRequest): void {
    if (request.isStreaming === true || !request.sent) return;
    request.isStreaming = true;
    this.#inFlight--;
  }

  removeAll(): PendingRequest[] {
    const all = [...this.#requests.values()];
    for (const { n } of all) this.remove(n);
    return all;
  }

  /** Marks as sent, and answers, the oldest unsent ones, as many as may be in flight. */
  takeUnsent(inFlightMax: number, deadline: number): PendingRequest[] {
    const taken: PendingRequest[] = [];
    for (const request of this.#requests.values()) {
      if (this.#inFlight >= inFlightMax) break;
      if (request.sent) continue;
      request.sent = true;
      if (request.kind === 'single') request.deadline = Math.min(deadline, request.giveUpAt);
      this.#inFlight++;
      taken.push(request);
    }
    return taken;
  }

  /**
   * Requests wait again, until the deadline. Removed and answered are streams, for they end with the connection, and
   * impatient requests that it was to bring.
   */
  connectionLost(deadline: number): PendingRequest[] {
    const ended: PendingRequest[] = [];
    for (const request of this.#requests.values()) {
      if (request.kind === 'stream' || (request.isImpatient === true && !request.sent)) {
        ended.push(request);
        this.remove(request.n);
      } else if (request.sent) {
        request.sent = false;
        request.deadline = Math.min(deadline, request.giveUpAt);
        this.#inFlight--;
      }
    }
    return ended;
  }

  due(now: number): PendingRequest[] {
    return [...this.#requests.values()].filter(({ deadline }) => deadline <= now);
  }

  earliestDeadline(): number {
    let earliest = Infinity;
    for (const { deadline } of this.#requests.values()) if (deadline < earliest) earliest = deadline;
    return earliest;
  }
}
