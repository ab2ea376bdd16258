/**
 * Has the items verified that one search is given: each once, whoever repeats it, and only so many of them in all. Those
 * of one answer are looked at one after another, for after the first forgery the rest of it is not worth looking at.
 */
import type { Sender } from '../contacts/contact.js';
import { dhtLimits } from '../limits.js';
import type { Item, Question } from '../messages/message.js';
import { itemsMaxOf } from '../messages/room.js';
import type { NodeContext } from '../node/context.js';
import type { VerifiedItem } from '../node/effect.js';
import { isForgery } from '../node/verifications.js';

export interface ChecksOfAnswer {
  /** It was found already, and needs no check. */
  isFound(item: Item): boolean;
  /** The first that is found or verifies: who has given it is a holder. */
  holds(): void;
  verified(item: VerifiedItem): void;
  /** All of the answer has been looked at, unless the search is over before. */
  looked(): void;
}

export class ItemChecks {
  #checked: Set<Item> | undefined;
  #open = 0;

  constructor(
    private readonly context: NodeContext,
    private readonly question: Question,
    private readonly isOver: () => boolean,
  ) {}

  get areOpen(): boolean {
    return this.#open > 0;
  }

  check(items: readonly Item[], from: Sender, answer: ChecksOfAnswer): void {
    const looked = items.slice(0, itemsMaxOf(this.question, this.context.settings));
    let at = 0;
    let isHolder = false;
    const holds = (): void => {
      if (!isHolder) answer.holds();
      isHolder = true;
    };
    const goOn = (): void => {
      while (at < looked.length && !this.isOver()) {
        const item = looked[at++]!;
        if (answer.isFound(item)) holds();
        else if (this.#mayCheck(item)) return check(item);
      }
      answer.looked();
    };
    const check = (item: Item): void => {
      this.#open++;
      this.context.verify(item, this.question, from, (verdict) => {
        this.#open--;
        if (this.isOver()) return;
        if (verdict.ok) {
          holds();
          answer.verified(verdict.item);
        } else if (isForgery(verdict.code)) at = looked.length;
        goOn();
      });
    };
    goOn();
  }

  #mayCheck(item: Item): boolean {
    const checked = (this.#checked ??= new Set<Item>());
    if (checked.has(item) || checked.size >= dhtLimits.checksPerSearchMax) return false;
    checked.add(item);
    return true;
  }
}
