/** The part of `Storage.list` that adapters with an ordered list of keys share. */
import type { ListOptions } from './storage.js';

/** The keys that begin with the prefix, lie after `after`, and are at most `limit`. `keys` must be in order. */
export function selectEntries(
  keys: readonly string[],
  prefix: string,
  { after = '', limit = Infinity }: ListOptions,
): string[] {
  const selected: string[] = [];
  for (let i = firstNotBefore(keys, after > prefix ? after : prefix); i < keys.length; i++) {
    const key = keys[i]!;
    if (selected.length >= limit || !key.startsWith(prefix)) break;
    if (key > after) selected.push(key);
  }
  return selected;
}

function firstNotBefore(keys: readonly string[], bound: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
