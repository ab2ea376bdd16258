/**
 * A point of the key space: 32 bytes, compared by exclusive or (Maymounkov and Mazieres, 2002). Node ids and the targets
 * of records are both such points. The first 32 bits are kept as a number, because they decide nearly every comparison.
 */
import { encodeBase64url } from '@holdfast/protocol';

export const keyBytes = 32;

export class Key {
  /** With a sign: an engine keeps numbers above 2^31 in an object of their own. */
  readonly #head: number;
  #text: string | undefined;

  /** @param bytes 32 of them, which nobody changes afterwards */
  constructor(readonly bytes: Uint8Array) {
    if (bytes.length !== keyBytes) throw new RangeError(`A key has ${keyBytes} bytes.`);
    this.#head = (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
  }

  /** The first 32 bits, unsigned. */
  get head(): number {
    return this.#head >>> 0;
  }

  /** In base64url: what maps are keyed by. */
  get text(): string {
    this.#text ??= encodeBase64url(this.bytes);
    return this.#text;
  }

  equals(other: Key): boolean {
    return this === other || (this.head === other.head && compareDistance(this, this, other) === 0);
  }

  toString(): string {
    return this.text;
  }
}

/** Negative when `a` is nearer to the target than `b`, positive when it is farther, 0 when they are the same point. */
export function compareDistance(target: Key, a: Key, b: Key): number {
  const heads = ((target.head ^ a.head) >>> 0) - ((target.head ^ b.head) >>> 0);
  if (heads !== 0) return heads;
  for (let i = 4; i < keyBytes; i++) {
    const difference = (target.bytes[i]! ^ a.bytes[i]!) - (target.bytes[i]! ^ b.bytes[i]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** How many leading bits both have in common, 256 for the same point. */
export function commonPrefix(a: Key, b: Key): number {
  const head = Math.clz32(a.head ^ b.head);
  if (head < 32) return head;
  for (let i = 4; i < keyBytes; i++) {
    const difference = a.bytes[i]! ^ b.bytes[i]!;
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return keyBytes * 8;
}
