/** Writes one message: ranges in ascending order, times as the difference from the bound before. */
import { versionByte } from './version.js';
import { varintBytes } from './varint.js';
import { modes } from './modes.js';
import type { Bound } from '../storage.js';

export class MessageWriter {
  #bytes = new Uint8Array(512);
  #length = 0;
  #lastTime = 0;

  constructor() {
    this.#bytes[this.#length++] = versionByte;
  }

  get length(): number {
    return this.#length;
  }

  get hasRanges(): boolean {
    return this.#length > 1;
  }

  skip(upper: Bound): void {
    this.#bound(upper);
    this.#varint(modes.skip);
  }

  fingerprint(upper: Bound, fingerprint: Uint8Array): void {
    this.#bound(upper);
    this.#varint(modes.fingerprint);
    this.#append(fingerprint);
  }

  /** @param ids one after another */
  idList(upper: Bound, count: number, ids: Uint8Array): void {
    this.#bound(upper);
    this.#varint(modes.idList);
    this.#varint(count);
    this.#append(ids);
  }

  /** Forgets what was written after the message was so long. What comes next must be a range that has no end. */
  cutBackTo(length: number): void {
    this.#length = length;
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #bound({ time, prefix }: Bound): void {
    this.#varint(time === Infinity ? 0 : 1 + time - this.#lastTime);
    this.#lastTime = time;
    this.#varint(prefix.length);
    this.#append(prefix);
  }

  #varint(value: number): void {
    this.#append(varintBytes(value));
  }

  #append(bytes: ArrayLike<number>): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }
}
