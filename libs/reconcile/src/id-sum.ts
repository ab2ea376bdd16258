/**
 * The sum of ids, read as little-endian numbers, modulo 2^256. It does not depend on the order of adding and what was
 * added can be subtracted again, so the sum of a set is kept while the set changes (spec/reconcile.md, "Fingerprints").
 */
import { limits } from './limits.js';

const words = limits.idSizeBytes / 4;

export class IdSum {
  readonly #words = new Uint32Array(words);

  /** @param bytes a sum or an id, 32 bytes */
  static from(bytes: Uint8Array): IdSum {
    return new IdSum().add(bytes);
  }

  /** @param bytes holds an id, or another sum, from `offset` on */
  add(bytes: Uint8Array, offset = 0): this {
    requireRoom(bytes, offset);
    let carry = 0;
    for (let word = 0, at = offset; word < words; word++, at += 4) {
      const total = this.#words[word]! + wordAt(bytes, at) + carry;
      this.#words[word] = total;
      carry = total > 0xffff_ffff ? 1 : 0;
    }
    return this;
  }

  subtract(bytes: Uint8Array, offset = 0): this {
    requireRoom(bytes, offset);
    let borrow = 0;
    for (let word = 0, at = offset; word < words; word++, at += 4) {
      const rest = this.#words[word]! - wordAt(bytes, at) - borrow;
      this.#words[word] = rest;
      borrow = rest < 0 ? 1 : 0;
    }
    return this;
  }

  merge(other: IdSum): this {
    let carry = 0;
    for (let word = 0; word < words; word++) {
      const total = this.#words[word]! + other.#words[word]! + carry;
      this.#words[word] = total;
      carry = total > 0xffff_ffff ? 1 : 0;
    }
    return this;
  }

  /** Takes out what was merged. */
  separate(other: IdSum): this {
    let borrow = 0;
    for (let word = 0; word < words; word++) {
      const rest = this.#words[word]! - other.#words[word]! - borrow;
      this.#words[word] = rest;
      borrow = rest < 0 ? 1 : 0;
    }
    return this;
  }

  clear(): this {
    this.#words.fill(0);
    return this;
  }

  /** 32 bytes, little endian; the caller's own. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(limits.idSizeBytes);
    for (let word = 0, at = 0; word < words; word++) {
      const value = this.#words[word]!;
      bytes[at++] = value;
      bytes[at++] = value >>> 8;
      bytes[at++] = value >>> 16;
      bytes[at++] = value >>> 24;
    }
    return bytes;
  }
}

function requireRoom(bytes: Uint8Array, offset: number): void {
  if (offset < 0 || bytes.length - offset < limits.idSizeBytes) throw new RangeError('An id has 32 bytes.');
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
