/** What reconciliation knows of a set: items in order of time, then id, addressed by their place in that order. */
import { limits } from './limits.js';

/** `time`: whole, 0 to 2^53 - 1, of whatever unit both sides use. `id`: 32 bytes; an id has one time only. */
export interface Item {
  readonly time: number;
  readonly id: Uint8Array;
}

/** Below it are the items of an earlier time, and those of its time whose id is below `prefix` (0 to 32 bytes). */
export interface Bound {
  /** `Infinity`: beyond every item; `prefix` is empty then. */
  readonly time: number;
  readonly prefix: Uint8Array;
}

/**
 * A set as it stands while one message is worked at. Ranges are `begin` (inclusive) to `end` (exclusive), places from 0
 * to `size`. Implementations are held to contract.ts.
 */
export interface SetStorage {
  readonly size: number;
  itemAt(place: number): Item;
  items(begin: number, end: number): Iterable<Item>;
  /** The first place in the range whose item is not below the bound; `end` when there is none. */
  lowerBound(begin: number, end: number, bound: Bound): number;
  /** Sum of the ids modulo 2^256 (IdSum), and how many there are. */
  sum(begin: number, end: number): { readonly count: number; readonly sum: Uint8Array };
}

export function requireItem({ time, id }: Item): void {
  if (!Number.isSafeInteger(time) || time < 0) throw new RangeError('A time is whole, 0 to 2^53 - 1.');
  if (id.length !== limits.idSizeBytes) throw new RangeError('An id has 32 bytes.');
}
