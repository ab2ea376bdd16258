/** Time that stands still while anything can go on, and then jumps to the next moment at which somebody wanted to wake. */
import type { Surroundings } from '../src/ports.js';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
  readonly isSleep: boolean;
}

export class VirtualTime implements Surroundings {
  #nowMs = 1_800_000_000_000;
  #seed: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(seed = 1) {
    this.#seed = seed;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  get now(): number {
    return Math.floor(this.#nowMs / 1000);
  }

  /** mulberry32. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { atMs: this.#nowMs + ms, wake, isSleep: true };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', wake);
    });
  }

  /** Calls back after the time. */
  after(ms: number, act: () => void): void {
    const sleeper: Sleeper = {
      atMs: this.#nowMs + ms,
      isSleep: false,
      wake: () => {
        this.#sleepers.delete(sleeper);
        act();
      },
    };
    this.#sleepers.add(sleeper);
  }

  /** Sleeps of links, without what is only on its way. */
  get sleeping(): number {
    return [...this.#sleepers].filter(({ isSleep }) => isSleep).length;
  }

  /** Lets time pass until the condition holds. */
  async until(condition: () => boolean, what: string, withinMs = 3_600_000): Promise<void> {
    const endsMs = this.#nowMs + withinMs;
    for (;;) {
      await settled();
      if (condition()) return;
      const next = this.#next();
      if (next === undefined || next.atMs > endsMs) throw new Error(`It never came to be that ${what}.`);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
  }

  /** What comes of it, letting time pass meanwhile. */
  async during<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => void (isOver = true);
    work.then(over, over);
    await this.until(() => isOver, 'it was over');
    return work;
  }

  async pass(ms: number): Promise<void> {
    let isOver = false;
    this.after(ms, () => (isOver = true));
    await this.until(() => isOver, 'the time passed', ms + 1);
  }

  #next(): Sleeper | undefined {
    let next: Sleeper | undefined;
    for (const sleeper of this.#sleepers) if (next === undefined || sleeper.atMs < next.atMs) next = sleeper;
    return next;
  }
}

/** Everything that can go on without time has gone on. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
