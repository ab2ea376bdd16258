/** When the sets are compared: at a first meeting until they agree, on every reconnect, and then now and again. */
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { ProgressStore } from '../ports.js';
import { isPassing } from '../questions.js';
import { isBeyondComparing, type Comparer } from './compare.js';

interface Repaired {
  readonly complete: boolean;
  readonly truncated: boolean;
  readonly stored: number;
}

/** The news go on without. */
const nothing: Repaired = { complete: false, truncated: true, stored: 0 };

export class Repairs {
  constructor(
    private readonly comparer: Comparer,
    private readonly progress: ProgressStore,
    private readonly theirHorizon: number | undefined,
    private readonly life: Life,
  ) {}

  /**
   * As long as comparing brings something: what is left then is for later comparisons.
   * @returns whether the sets can be compared at all
   */
  async untilSame(): Promise<boolean> {
    for (;;) {
      const repaired = await this.#repair();
      if (repaired === nothing) return false;
      if (repaired.complete || repaired.stored === 0) return true;
    }
  }

  /** Until the link is over; rarer and rarer while there is nothing to bring. */
  async goOn(): Promise<void> {
    let everyMs: number = gossipLimits.compareEveryMs;
    for (;;) {
      await this.life.sleep(everyMs * (0.5 + this.life.surroundings.random()));
      const { truncated, stored } = await this.#repair();
      if (stored === 0) everyMs = Math.min(2 * everyMs, gossipLimits.compareEveryMsMax);
      else everyMs = gossipLimits.compareEveryMs;
      if (truncated && stored > 0) await this.untilSame();
    }
  }

  async #repair(): Promise<Repaired> {
    const repaired = await this.life
      .persist(() => this.comparer.compare(true), isPassing)
      .catch((error: unknown) => {
        if (isBeyondComparing(error)) return nothing;
        throw error;
      });
    if (repaired.complete) await this.life.persist(() => this.progress.synced(this.theirHorizon));
    return repaired;
  }
}
