/** The part of a set from a time on, as a set of its own: what two sides compare that agree on nothing older. */
import { startBound } from './order.js';
import type { Bound, Item, SetStorage } from './storage.js';

/** A view: it stands on the set as it is now. */
export function since(storage: SetStorage, time: number): SetStorage {
  const first = storage.lowerBound(0, storage.size, { time, prefix: startBound.prefix });
  return new Part(storage, first);
}

class Part implements SetStorage {
  readonly size: number;

  constructor(
    readonly whole: SetStorage,
    readonly first: number,
  ) {
    this.size = whole.size - first;
  }

  itemAt(place: number): Item {
    if (place < 0) throw new RangeError('There is no such place in the set.');
    return this.whole.itemAt(this.first + place);
  }

  items(begin: number, end: number): Iterable<Item> {
    return this.whole.items(this.first + begin, this.first + end);
  }

  lowerBound(begin: number, end: number, bound: Bound): number {
    return this.whole.lowerBound(this.first + begin, this.first + end, bound) - this.first;
  }

  sum(begin: number, end: number): { readonly count: number; readonly sum: Uint8Array } {
    return this.whole.sum(this.first + begin, this.first + end);
  }
}
