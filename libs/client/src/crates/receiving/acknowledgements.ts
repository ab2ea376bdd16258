/**
 * Lets crates go that have been dealt with, a batch at a time, after a random delay and in random order, so that the
 * moment of a receipt does not tell when which message was opened. A batch that has become large does not wait. What has not been told when the program ends is told
 * by a later one: the archive offers the crate again, and the storage says how it is let go.
 */
import type { SigningKey } from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { limits } from '../../limits.js';
import type { CrateOrigin } from './crate-origin.js';
import type { Departure } from './handled-store.js';

export interface AcknowledgementParts {
  readonly clock: Clock;
  readonly delayMsMax: number;
  readonly failed: (error: unknown, crate: string, origin: CrateOrigin) => void;
  /** It has been told. */
  readonly answered: (origin: CrateOrigin) => void;
  /** Nothing waits and nothing is on its way any more. */
  readonly emptied: () => void;
}

interface Waiting {
  readonly crate: string;
  readonly departure: Departure;
  /** The key of the crate's mailbox. */
  readonly signing: SigningKey;
  /** Everybody who offered it: they all want to hear that it may go. */
  readonly origins: Set<CrateOrigin>;
}

export class Acknowledgements {
  readonly #waiting = new Map<string, Waiting>();
  readonly #underway = new Set<Promise<void>>();
  #stopTimer: (() => void) | undefined;

  constructor(private readonly parts: AcknowledgementParts) {}

  get isEmpty(): boolean {
    return this.#waiting.size === 0 && this.#underway.size === 0;
  }

  add(crate: string, departure: Departure, signing: SigningKey, origins: Iterable<CrateOrigin>): void {
    const waiting = this.#waiting.get(crate) ?? { crate, departure, signing, origins: new Set() };
    for (const origin of origins) waiting.origins.add(origin);
    this.#waiting.set(crate, waiting);
    if (this.#waiting.size >= limits.receiptsBatchMax) return this.#send();
    const { clock, delayMsMax } = this.parts;
    this.#stopTimer ??= clock.after(Math.floor(clock.random() * delayMsMax), () => this.#send());
  }

  /** One that has been dealt with has been offered once more. False when it does not wait here. */
  offeredAgain(crate: string, origins: Iterable<CrateOrigin>): boolean {
    const waiting = this.#waiting.get(crate);
    for (const origin of origins) waiting?.origins.add(origin);
    return waiting !== undefined;
  }

  /** Sends what waits, unless it was to wait for long: then it is left to a later run. */
  async end(): Promise<void> {
    if (this.#isShort) this.#send();
    this.#stopTimer?.();
    this.#waiting.clear();
    while (this.#underway.size > 0) await Promise.all(this.#underway);
  }

  get #isShort(): boolean {
    return this.parts.delayMsMax <= limits.receiptDelayMsDefault;
  }

  #send(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    const batch = shuffled([...this.#waiting.values()], this.parts.clock);
    this.#waiting.clear();
    for (const { crate, departure, signing, origins } of batch) {
      for (const origin of origins) {
        const told = origin
          .letGo(crate, departure, signing)
          .then(() => this.parts.answered(origin))
          .catch((error: unknown) => this.parts.failed(error, crate, origin))
          .finally(() => {
            this.#underway.delete(told);
            if (this.isEmpty) this.parts.emptied();
          });
        this.#underway.add(told);
      }
    }
  }
}

function shuffled<T>(items: T[], clock: Clock): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(clock.random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
