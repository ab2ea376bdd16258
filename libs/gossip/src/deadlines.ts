/**
 * All that a link does after a time, on one sleep: what is taken back in time, as nearly everything is, costs no timer.
 */
import type { Surroundings } from './ports.js';

interface Deadline {
  readonly atMs: number;
  readonly act: () => void;
}

export class Deadlines {
  readonly #waiting = new Set<Deadline>();
  #wakesAtMs = Infinity;
  #sleeping: AbortController | undefined;
  #isOver = false;

  constructor(private readonly surroundings: Surroundings) {}

  /** Acts once after the time. Answers what takes it back. */
  after(delayMs: number, act: () => void): () => void {
    if (this.#isOver) return () => undefined;
    const deadline = { atMs: this.surroundings.nowMs() + delayMs, act };
    this.#waiting.add(deadline);
    if (deadline.atMs < this.#wakesAtMs) this.#sleepUntil(deadline.atMs);
    return () => this.#waiting.delete(deadline);
  }

  /** Nothing is done any more. */
  close(): void {
    this.#isOver = true;
    this.#waiting.clear();
    this.#sleeping?.abort();
  }

  #sleepUntil(atMs: number): void {
    this.#sleeping?.abort();
    const sleeping = new AbortController();
    this.#sleeping = sleeping;
    this.#wakesAtMs = atMs;
    const delayMs = Math.max(0, atMs - this.surroundings.nowMs());
    void this.surroundings.sleep(delayMs, sleeping.signal).then(() => {
      if (!sleeping.signal.aborted) this.#wake();
    });
  }

  #wake(): void {
    this.#sleeping = undefined;
    this.#wakesAtMs = Infinity;
    const nowMs = this.surroundings.nowMs();
    for (const deadline of this.#waiting) {
      if (deadline.atMs > nowMs) continue;
      this.#waiting.delete(deadline);
      deadline.act();
    }
    if (this.#isOver || this.#waiting.size === 0) return;
    const nextMs = Math.min(...[...this.#waiting].map(({ atMs }) => atMs));
    if (nextMs < this.#wakesAtMs) this.#sleepUntil(nextMs);
  }
}
