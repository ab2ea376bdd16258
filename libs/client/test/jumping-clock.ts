/** A clock for tests: it goes on by itself, jumps ahead when it is told to, and throws its dice as it is told. */
import type { Clock } from '../src/index.js';

interface Timer {
  readonly at: number;
  readonly call: () => void;
}

export class JumpingClock implements Clock {
  /** What every throw of the dice comes to. */
  dice = 0;
  /** Whether timers wait for a jump, however long the test takes. */
  isHeld = false;
  #aheadMs = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  random(): number {
    return this.dice;
  }

  after(delayMs: number, callback: () => void): () => void {
    const call = (): void => {
      stop();
      callback();
    };
    const timer = { at: this.now() + delayMs, call };
    // setTimeout takes no more than 2^31 milliseconds.
    const running = this.isHeld ? undefined : setTimeout(call, Math.min(delayMs, 2 ** 31 - 1));
    const stop = (): void => {
      clearTimeout(running);
      this.#timers.delete(timer);
    };
    this.#timers.add(timer);
    return stop;
  }

  /** Everything that is due by then happens now, in its order. */
  jump({ days = 0, hours = 0, seconds = 0 }: { days?: number; hours?: number; seconds?: number }): void {
    this.#aheadMs += ((days * 24 + hours) * 3600 + seconds) * 1000;
    const due = [...this.#timers].filter(({ at }) => at <= this.now()).sort((a, b) => a.at - b.at);
    for (const timer of due) if (this.#timers.has(timer)) timer.call();
  }
}
