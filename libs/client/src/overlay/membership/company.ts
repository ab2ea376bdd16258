/**
 * Asks the archive who else is there for as long as nobody has answered: two that join at the same time are told of nobody.
 * Ever more rarely, for there may be nobody.
 */
import type { Contact } from '@holdfast/dht';
import type { Clock } from '../../clock.js';
import { backoffMs } from '../../link/backoff.js';
import { overlayLimits } from '../limits.js';

export interface CompanyParts {
  readonly clock: Clock;
  readonly isAlone: () => boolean;
  readonly ask: () => Promise<readonly Contact[]>;
  readonly told: (contacts: readonly Contact[]) => void;
}

export class Company {
  #asked = 0;
  #stopTimer: (() => void) | undefined;
  #isEnded = false;

  constructor(private readonly parts: CompanyParts) {}

  /** Whether it is alone may be otherwise than before. */
  look(): void {
    const { clock, isAlone } = this.parts;
    if (!isAlone()) {
      this.#asked = 0;
      this.#stopTimer?.();
      this.#stopTimer = undefined;
    } else if (this.#stopTimer === undefined && !this.#isEnded) {
      const { companyAskedBaseMs: baseMs, companyAskedMaxMs: maxMs } = overlayLimits;
      const delayMs = baseMs + backoffMs(++this.#asked, clock.random(), { baseMs, maxMs });
      this.#stopTimer = clock.after(delayMs, () => {
        this.#stopTimer = undefined;
        this.#ask().catch(() => undefined);
      });
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#stopTimer?.();
  }

  async #ask(): Promise<void> {
    const { ask, told } = this.parts;
    const contacts = await ask();
    if (this.#isEnded) return;
    told(contacts);
    this.look();
  }
}
