/**
 * The crates that have arrived and are not dealt with: a bounded queue, and beside it those whose handler has failed,
 * each with the time of its next try; one bound on bytes holds for both. A crate that comes again while it is here is
 * not taken twice. Pure.
 */
import { backoffMs, type BackoffSettings } from '../../link/backoff.js';

export interface Arrival<Origin> {
  readonly crate: string;
  /** base64url */
  readonly envelope: string;
  /** Everybody who offered it: they all want to hear that it may go. */
  readonly origins: Set<Origin>;
  failures: number;
}

export interface ArrivalBounds {
  readonly countMax: number;
  readonly bytesMax: number;
  readonly failedMax: number;
  readonly backoff: BackoffSettings;
}

export class Arrivals<Origin> {
  readonly #here = new Map<string, Arrival<Origin>>();
  readonly #queue: Arrival<Origin>[] = [];
  readonly #failed = new Map<Arrival<Origin>, number>();
  #bytes = 0;
  #failedBytes = 0;

  constructor(private readonly bounds: ArrivalBounds) {}

  /** Whether nothing waits for its first try. */
  get isIdle(): boolean {
    return this.#queue.length === 0;
  }

  get hasRoom(): boolean {
    return (
      this.#queue.length < this.bounds.countMax && this.#bytes + this.#failedBytes < this.bounds.bytesMax
    );
  }

  /** False when there is no room. */
  arrive(crate: string, envelope: string, origin: Origin): boolean {
    const here = this.#here.get(crate);
    if (here !== undefined) {
      here.origins.add(origin);
      return true;
    }
    if (!this.hasRoom) return false;
    const arrival: Arrival<Origin> = { crate, envelope, origins: new Set([origin]), failures: 0 };
    this.#here.set(crate, arrival);
    this.#queue.push(arrival);
    this.#bytes += envelope.length;
    return true;
  }

  /** The next one to deal with: a failed one whose time has come, or the oldest that was not tried yet. */
  take(now: number): Arrival<Origin> | undefined {
    for (const [arrival, dueAt] of this.#failed) {
      if (dueAt > now) continue;
      this.#forgetFailed(arrival);
      return arrival;
    }
    const arrival = this.#queue.shift();
    if (arrival !== undefined) this.#bytes -= arrival.envelope.length;
    return arrival;
  }

  done(arrival: Arrival<Origin>): void {
    this.#here.delete(arrival.crate);
  }

  /**
   * It is tried again later; the oldest of too many failed ones, by number or size, are left to the archive, which
   * offers them again.
   */
  failed(arrival: Arrival<Origin>, now: number, random: number): void {
    arrival.failures++;
    // The first half of the time always passes: a handler that fails is not called again at once.
    const ceiling = backoffMs(arrival.failures, 1, this.bounds.backoff);
    this.#failed.set(arrival, now + Math.floor(ceiling / 2 + (random * ceiling) / 2));
    this.#failedBytes += arrival.envelope.length;
    const { failedMax, bytesMax } = this.bounds;
    while (this.#failed.size > failedMax || (this.#failedBytes > bytesMax / 2 && this.#failed.size > 1)) {
      const oldest = this.#failed.keys().next().value!;
      this.#forgetFailed(oldest);
      this.#here.delete(oldest.crate);
    }
  }

  #forgetFailed(arrival: Arrival<Origin>): void {
    if (this.#failed.delete(arrival)) this.#failedBytes -= arrival.envelope.length;
  }

  /** When `take` will have a failed one; undefined when there is none. */
  nextDueAt(): number | undefined {
    return this.#failed.size === 0 ? undefined : Math.min(...this.#failed.values());
  }
}
