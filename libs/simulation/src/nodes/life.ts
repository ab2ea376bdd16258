/**
 * What a node has between a start and a crash: its timers, and the promises it waits for. After the crash none of them
 * ever comes back: code of an earlier life that is waiting waits for ever, and is forgotten.
 */
import type { Timer, VirtualClock } from '../time/virtual-clock.js';

export class Life {
  readonly #clock: VirtualClock;
  readonly #timers = new Set<Timer>();
  #isOver = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  after(delayMs: number, call: () => void): Timer {
    if (this.#isOver) return { cancel: () => {} };
    const planned = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer);
      call();
    });
    const timer: Timer = {
      cancel: () => {
        planned.cancel();
        this.#timers.delete(timer);
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  /** As `Surroundings.sleep` of libs/gossip: resolves after so long, or when the signal is aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#isOver) return new Promise(() => {});
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', wake);
        this.#clock.stir();
        resolve();
      };
      const timer = this.after(delayMs, wake);
      signal?.addEventListener('abort', wake);
    });
  }

  /** The value as long as this life lasts; a promise that never settles after it. */
  async within<Value>(promise: Promise<Value>): Promise<Value> {
    try {
      const value = await promise;
      return this.#isOver ? await never() : value;
    } catch (error) {
      if (this.#isOver) return never();
      throw error;
    }
  }

  end(): void {
    this.#isOver = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}

const never = (): Promise<never> => new Promise(() => {});
