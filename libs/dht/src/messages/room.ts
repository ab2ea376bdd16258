/** How many items still fit into a message: their bytes and their number are bounded, whatever carries them. */
import { dhtLimits } from '../limits.js';
import type { Item } from './message.js';

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
