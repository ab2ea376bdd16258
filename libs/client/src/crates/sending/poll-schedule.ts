/**
 * How often archives are asked for the status of crates: soon after something has moved, ever more rarely while nothing
 * does. Every poll tells the archive that one connection cares for these crates: fewer polls say less.
 */
export interface PollSettings {
  readonly minMs: number;
  readonly maxMs: number;
}

const growth = 1.5;

export class PollSchedule {
  #intervalMs: number;

  constructor(private readonly settings: PollSettings) {
    this.#intervalMs = settings.minMs;
  }

  /** Something has moved, or is new. */
  moved(): void {
    this.#intervalMs = this.settings.minMs;
  }

  /** How long to wait before the next poll; longer every time. */
  nextMs(): number {
    const interval = this.#intervalMs;
    this.#intervalMs = Math.min(this.settings.maxMs, interval * growth);
    return Math.floor(interval);
  }
}
