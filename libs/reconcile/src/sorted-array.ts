/** A set that does not change: sorted once, with the sums of its beginnings at every 64th place. */
import { IdSum } from './id-sum.js';
import { limits } from './limits.js';
import { compareItems, firstPlaceNot, isBelow } from './order.js';
import { requireItem, type Bound, type Item, type SetStorage } from './storage.js';

const stride = 64;
const { idSizeBytes } = limits;

export class SortedArray implements SetStorage {
  readonly size: number;
  readonly #times: Float64Array;
  readonly #ids: Uint8Array;
  /** Of the items before each `stride`th place. */
  readonly #sums: Uint8Array;

  /** @param items in any order; throws when one comes twice */
  constructor(items: Iterable<Item>) {
    const sorted = [...items].sort(compareItems);
    this.size = sorted.length;
    this.#times = new Float64Array(this.size);
    this.#ids = new Uint8Array(this.size * idSizeBytes);
    this.#sums = new Uint8Array((Math.floor(this.size / stride) + 1) * idSizeBytes);
    const sum = new IdSum();
    sorted.forEach((item, place) => {
      requireItem(item);
      if (place > 0 && compareItems(sorted[place - 1]!, item) === 0)
        throw new RangeError('An item comes twice.');
      this.#times[place] = item.time;
      this.#ids.set(item.id, place * idSizeBytes);
      sum.add(item.id);
      if ((place + 1) % stride === 0) this.#sums.set(sum.toBytes(), ((place + 1) / stride) * idSizeBytes);
    });
  }

  itemAt(place: number): Item {
    if (!(place >= 0 && place < this.size)) throw new RangeError('There is no such place in the set.');
    return {
      time: this.#times[place]!,
      id: this.#ids.subarray(place * idSizeBytes, (place + 1) * idSizeBytes),
    };
  }

  *items(begin: number, end: number): Generator<Item, void> {
    for (let place = begin; place < end; place++) yield this.itemAt(place);
  }

  lowerBound(begin: number, end: number, bound: Bound): number {
    return firstPlaceNot(begin, end, (place) => isBelow(this.itemAt(place), bound));
  }

  sum(begin: number, end: number): { count: number; sum: Uint8Array } {
    const sum = this.#sumBefore(end);
    if (begin > 0) sum.separate(this.#sumBefore(begin));
    return { count: end - begin, sum: sum.toBytes() };
  }

  #sumBefore(place: number): IdSum {
    const block = Math.floor(place / stride);
    const sum = new IdSum().add(this.#sums, block * idSizeBytes);
    for (let at = block * stride; at < place; at++) sum.add(this.#ids, at * idSizeBytes);
    return sum;
  }
}
