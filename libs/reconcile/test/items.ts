/** Sets for tests: the same for the same seed. */
import type { Item } from '../src/index.js';

export interface ItemsShape {
  /** Times are from 0 to below it. */
  readonly times?: number;
  /** How many first bytes every id has in common. */
  readonly sharedBytes?: number;
}

export function someItems(seed: number, count: number, shape: ItemsShape = {}): Item[] {
  const { times = 1_000_000, sharedBytes = 0 } = shape;
  const next = randomFrom(seed);
  return Array.from({ length: count }, () => ({
    time: Math.floor(next() * times),
    id: Uint8Array.from({ length: 32 }, (_, at) => (at < sharedBytes ? 0 : Math.floor(next() * 256))),
  }));
}

/** mulberry32 */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
export const idsOf = (items: readonly Item[]): string[] => items.map(({ id }) => hexOf(id)).toSorted();
