/**
 * Virtual time for worlds in which nothing waits for a promise: one event after the other, without a pause between
 * them. A world of ten thousand clients has tens of millions of events, and pays for each what a heap costs.
 */
import { EventQueue, type PlannedEvent } from './event-queue.js';

export class PlainClock {
  readonly #events = new EventQueue();
  #nowMs: number;
  #happened = 0;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events have happened so far. */
  get happened(): number {
    return this.#happened;
  }

  /** What is due already happens after everything else that is. */
  at(atMs: number, call: () => void): PlannedEvent {
    return this.#events.plan(Math.max(atMs, this.#nowMs), call);
  }

  after(delayMs: number, call: () => void): PlannedEvent {
    return this.at(this.#nowMs + delayMs, call);
  }

  /** Nothing happens when it has happened already. */
  callOff(event: PlannedEvent): void {
    this.#events.remove(event);
  }

  /** Everything that is due by then happens. */
  runUntil(untilMs: number): void {
    for (;;) {
      const event = this.#events.first();
      if (event === undefined || event.atMs > untilMs) break;
      this.#events.remove(event);
      this.#nowMs = event.atMs;
      this.#happened++;
      event.call();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }
}
