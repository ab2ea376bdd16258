/** What is remembered of contacts to whom there is no link: how often they have offered, and that there was no way to them. */
import type { Key } from '@holdfast/dht';
import { linkLimits } from './link-limits.js';

interface Remembered {
  offers: number;
  windowEndsMs: number;
  restsUntilMs: number;
}

export class LinkMemory {
  readonly #contacts = new Map<string, Remembered>();

  /** Whether one more offer of this contact is taken; it is counted. */
  mayOffer(id: Key, nowMs: number): boolean {
    const contact = this.#of(id);
    if (contact.windowEndsMs <= nowMs) {
      contact.offers = 0;
      contact.windowEndsMs = nowMs + linkLimits.offersWindowMs;
    }
    contact.offers++;
    return contact.offers <= linkLimits.offersPerWindowMax;
  }

  failed(id: Key, nowMs: number): void {
    this.#of(id).restsUntilMs = nowMs + linkLimits.restMs;
  }

  /** Whether it is too early to try again. */
  rests(id: Key, nowMs: number): boolean {
    return nowMs < (this.#contacts.get(id.text)?.restsUntilMs ?? 0);
  }

  #of(id: Key): Remembered {
    const known = this.#contacts.get(id.text);
    if (known !== undefined) return known;
    if (this.#contacts.size >= linkLimits.contactsRememberedMax) {
      this.#contacts.delete(this.#contacts.keys().next().value!);
    }
    const fresh = { offers: 0, windowEndsMs: 0, restsUntilMs: 0 };
    this.#contacts.set(id.text, fresh);
    return fresh;
  }
}
