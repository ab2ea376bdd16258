/** The sets of notes and targets: a second between items, ids that look random and are the same every time. */
import type { Bound, Item, SetStorage } from '@holdfast/reconcile';
import { IdSum, SortedArray } from '@holdfast/reconcile';

const firstTime = 1_700_000_000;

export const itemOf = (number: number): Item => ({ time: firstTime + number, id: idOf(number) });

/** @param where `newest`: after everything else; `uniform`: at any of the times of `common` items */
export function extraItems(count: number, common: number, where: 'newest' | 'uniform'): Item[] {
  return Array.from({ length: count }, (_, index) => {
    const { time, id } = itemOf(common + index);
    return { time: where === 'newest' ? time : firstTime + (mixed(index, 0x5eed) % common), id };
  });
}

function idOf(number: number): Uint8Array {
  const words = new Uint32Array(8);
  for (let word = 0; word < words.length; word++) words[word] = mixed(number, word);
  return new Uint8Array(words.buffer);
}

/** 32 bits that depend on every bit of both (murmur3's finish). */
export function mixed(number: number, salt: number): number {
  let bits = (Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca77)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Adds up every id of a range each time it is asked, as a plain vector does: what kept sums are measured against. */
export class PlainVector implements SetStorage {
  readonly #items: Item[];
  readonly #order: SortedArray;

  constructor(items: readonly Item[]) {
    this.#items = [...items];
    this.#order = new SortedArray(items);
  }

  get size(): number {
    return this.#items.length;
  }

  itemAt(place: number): Item {
    return this.#order.itemAt(place);
  }

  items(begin: number, end: number): Iterable<Item> {
    return this.#order.items(begin, end);
  }

  lowerBound(begin: number, end: number, bound: Bound): number {
    return this.#order.lowerBound(begin, end, bound);
  }

  sum(begin: number, end: number): { count: number; sum: Uint8Array } {
    const sum = new IdSum();
    for (let place = begin; place < end; place++) sum.add(this.#items[place]!.id);
    return { count: end - begin, sum: sum.toBytes() };
  }
}
