/** A clock for tests of what keeps to a pace: it stands still but when it is told to go on, however long the test takes. */
import type { Clock } from '../src/index.js';

export class StandingClock implements Clock {
  /** What every throw of the dice comes to. */
  dice = 0;
  #nowMs = 1_700_000_000_000;
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>();

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.dice;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#nowMs + delayMs, call: callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** As somebody does with a clock that was ahead; timers do not mind. */
  setBack(ms: number): void {
    this.#nowMs -= ms;
    const timers = [...this.#timers];
    this.#timers.clear();
    for (const { at, call } of timers) this.#timers.add({ at: at - ms, call });
  }

  /** Everything that is due by then happens, each at its time. */
  pass(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.at);
      next.call();
    }
    this.#nowMs = end;
  }
}
