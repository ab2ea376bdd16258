/** The order of items, time before id, and the bounds that cut it. Bytes that a bound's prefix omits count as zero. */
import { limits } from './limits.js';
import type { Bound, Item } from './storage.js';

export const startBound: Bound = { time: 0, prefix: new Uint8Array(0) };
export const endBound: Bound = { time: Infinity, prefix: new Uint8Array(0) };

/** @returns negative, zero or positive, as for Array.sort */
export function compareItems(a: Item, b: Item): number {
  return a.time === b.time ? compareBytes(a.id, b.id) : a.time < b.time ? -1 : 1;
}

export function compareBounds(a: Bound, b: Bound): number {
  return a.time === b.time ? compareBytes(a.prefix, b.prefix) : a.time < b.time ? -1 : 1;
}

export function isBelow(item: Item, bound: Bound): boolean {
  return item.time === bound.time ? compareBytes(item.id, bound.prefix) < 0 : item.time < bound.time;
}

/** The shortest bound that has `before` below it and `item` not. */
export function boundBetween(before: Item, item: Item): Bound {
  if (before.time !== item.time) return { time: item.time, prefix: startBound.prefix };
  let shared = 0;
  while (shared < limits.idSizeBytes && before.id[shared] === item.id[shared]) shared++;
  return { time: item.time, prefix: item.id.slice(0, shared + 1) };
}

/** The first place that the predicate does not hold for, when it holds for all before it. */
export function firstPlaceNot(begin: number, end: number, holds: (place: number) => boolean): number {
  let low = begin;
  let high = end;
  while (low < high) {
    const middle = low + ((high - low) >>> 1);
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A missing byte counts as zero. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < a.length || at < b.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
