/**
 * Warnings that repeat for as long as something is away, a database say: the first is logged at once, and after that at
 * most one in `everyMs`, which says how many were left out.
 */
import type { Log } from './log.js';

export class SpacedWarnings {
  private lastAt = Number.NEGATIVE_INFINITY;
  private leftOut = 0;

  constructor(
    private readonly log: Log,
    private readonly everyMs: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  warn(facts: object, sentence: string): void {
    const now = this.nowMs();
    if (now - this.lastAt < this.everyMs) {
      this.leftOut += 1;
      return;
    }
    this.log.warn(this.leftOut === 0 ? facts : { ...facts, leftOut: this.leftOut }, sentence);
    this.lastAt = now;
    this.leftOut = 0;
  }
}
