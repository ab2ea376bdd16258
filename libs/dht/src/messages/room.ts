/** How many items still fit into a message: their bytes and their number are bounded, whatever carries them. */
import { dhtLimits, type DhtSettings } from '../limits.js';
import type { Item, Question } from './message.js';

/** For the lengths and the place of an item. */
const bytesPerItem = 64;
/** For the kind, the number, and contacts beside the items. */
const bytesOfTheRest = 8 * 1_024;

export class MessageRoom {
  #items: number;
  #bytes = dhtLimits.messageBytesMax - bytesOfTheRest;

  constructor(items: number = dhtLimits.itemsPerMessageMax) {
    this.#items = Math.min(items, dhtLimits.itemsPerMessageMax);
  }

  /** Items are of ASCII: as many bytes as characters. */
  take(item: Item): boolean {
    const bytes = item.length + bytesPerItem;
    if (this.#items === 0 || bytes > this.#bytes) return false;
    this.#items--;
    this.#bytes -= bytes;
    return true;
  }
}

/** The first of them that fit. */
export function thatFit(items: readonly Item[], max?: number): Item[] {
  const room = new MessageRoom(max);
  return items.filter((item) => room.take(item));
}

/** How many items an honest answer to the question has: more of them are not worth being verified. */
export function itemsMaxOf(question: Question, settings: DhtSettings): number {
  if ('filter' in question) return Math.min(question.limit, dhtLimits.itemsPerMessageMax);
  if (question.place.kind === 'feed') return settings.feedItemsMax;
  return question.place.kind === 'mailbox' ? settings.mailboxItemsMax : 1;
}
