/**
 * Virtual time: it stands still while code runs, and jumps from one planned event to the next. An hour in which nothing
 * is planned costs nothing, and the same plan runs the same way every time.
 *
 * Code under test that waits for promises goes on between two events, while time stands: whoever settles a promise from
 * an event calls `stir`, and the clock then waits for `drain` before the next event. Synchronous worlds never wait.
 */
import { EventQueue } from './event-queue.js';

/**
 * Resolves when no promise reaction is left to run. It comes from outside, since only the platform knows: in Node, a
 * promise that a macrotask ("immediate") resolves. That is sound, and not a pause: Node runs all microtasks, those that
 * they queue included, before it comes to the next macrotask. So whatever waits only for promises that other such code
 * or an event of this clock settles has gone as far as it can, however long its chain of promises is. It does not hold
 * for what waits for threads or sockets (WebCrypto does): worlds must be given synchronous verification.
 */
export type Drain = () => Promise<void>;

export interface Timer {
  cancel(): void;
}

export interface VirtualClockInit {
  readonly startMs?: number;
  readonly drain: Drain;
}

export class VirtualClock {
  readonly #events = new EventQueue();
  readonly #drain: Drain;
  #nowMs: number;
  #happened = 0;
  #isStirred = true;
  #isRunning = false;

  constructor({ startMs = 0, drain }: VirtualClockInit) {
    this.#nowMs = startMs;
    this.#drain = drain;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events have happened so far. */
  get happened(): number {
    return this.#happened;
  }

  get planned(): number {
    return this.#events.size;
  }

  /** @param delayMs 0 or more: after what is already planned for then */
  after(delayMs: number, call: () => void): Timer {
    if (!(delayMs >= 0) || delayMs === Infinity) throw new RangeError(`${delayMs} ms is no delay.`);
    const event = this.#events.plan(this.#nowMs + delayMs, call);
    return { cancel: () => this.#events.remove(event) };
  }

  /** Says that promises have been settled: their reactions run before the next event. */
  stir(): void {
    this.#isStirred = true;
  }

  /** Everything that is due by then happens. An error thrown by an event ends the run where it stands. */
  async runUntil(untilMs: number): Promise<void> {
    if (this.#isRunning) throw new Error('The clock is running already.');
    this.#isRunning = true;
    try {
      // Whoever calls may have started something that waits.
      this.#isStirred = true;
      for (;;) {
        if (this.#isStirred) {
          await this.#drain();
          this.#isStirred = false;
        }
        const event = this.#events.first();
        if (event === undefined || event.atMs > untilMs) break;
        this.#events.remove(event);
        this.#nowMs = event.atMs;
        this.#happened++;
        event.call();
      }
      this.#nowMs = Math.max(this.#nowMs, untilMs);
    } finally {
      this.#isRunning = false;
    }
  }

  runFor(durationMs: number): Promise<void> {
    return this.runUntil(this.#nowMs + durationMs);
  }
}
