/**
 * An item as 40 bytes whose order is that of items: the time, most significant byte first, then the id. A bound is the
 * least item that could stand above it.
 */
import { limits } from '../limits.js';
import type { Item } from '../storage.js';

export const timeSizeBytes = 8;
export const keySizeBytes = timeSizeBytes + limits.idSizeBytes;

/** @param id may be a prefix; what it omits counts as zero */
export function writeKey(key: Uint8Array, time: number, id: Uint8Array): void {
  for (let at = timeSizeBytes - 1, rest = time; at >= 0; at--, rest = Math.floor(rest / 256))
    key[at] = rest % 256;
  key.set(id, timeSizeBytes);
  key.fill(0, timeSizeBytes + id.length);
}

/** The item's id is a copy: the bytes of a leaf move. */
export function itemOf(keys: Uint8Array, offset: number): Item {
  let time = 0;
  for (let at = offset; at < offset + timeSizeBytes; at++) time = time * 256 + keys[at]!;
  return { time, id: keys.slice(offset + timeSizeBytes, offset + keySizeBytes) };
}

export function compareKeys(a: Uint8Array, offset: number, b: Uint8Array): number {
  for (let at = 0; at < keySizeBytes; at++) {
    const difference = a[offset + at]! - b[at]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
