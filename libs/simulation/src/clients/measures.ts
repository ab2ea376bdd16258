/** What a run is judged by, collected from outside of the code under test. */
import type { Load } from './meter.js';
import type { Popularity } from './truth.js';

export type FoundAt = 'local' | 'ring0' | 'ring1' | 'ring2' | 'flood';

export interface MeasuredGet {
  readonly popularity: Popularity;
  /** Undefined: not found without an archive. */
  readonly foundAt: FoundAt | undefined;
  readonly latencyMs: number;
  /** Undefined for a get whose reader left before its search was over, after it had found what it looked for. */
  readonly cost: { readonly hops: number; readonly messages: number } | undefined;
  /** Since the record was given to the overlay. */
  readonly ageMs: number;
  readonly atMs: number;
}

/** A client's load counts when it was there for so long. */
const loadSecondsMin = 60;

export class Measures {
  isMeasuring = false;
  readonly gets: MeasuredGet[] = [];
  /** The reader left first. */
  abandoned = 0;
  /** Something else than what was looked for was believed: never. */
  falseFinds = 0;
  /** Misses that the archive then answered. */
  fromArchive = 0;
  readonly loads: Load[] = [];

  get(get: MeasuredGet): void {
    if (this.isMeasuring) this.gets.push(get);
  }

  load(loads: readonly Load[]): void {
    if (!this.isMeasuring) return;
    for (const load of loads) if (load.seconds >= loadSecondsMin) this.loads.push(load);
  }
}
