/**
 * FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv), over the characters of a text: one byte for each of ASCII, two for each
 * other UTF-16 code unit. It tells traces apart and seeds streams; it is no cryptographic hash.
 */
const offsetLow = 0x84222325;
const offsetHigh = 0xcbf29ce4;
/** The prime is 2^40 + 0x1b3. */
const primeLow = 0x1b3;
const twoTo32 = 2 ** 32;

export class Fnv1a {
  low = offsetLow;
  high = offsetHigh;

  add(text: string): this {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) this.#addByte((unit >> 8) | 0x80);
      this.#addByte(unit & 0xff);
    }
    return this;
  }

  addBytes(bytes: Uint8Array): this {
    for (const byte of bytes) this.#addByte(byte);
    return this;
  }

  /** 16 hexadecimal digits. */
  hex(): string {
    return [this.high, this.low].map((half) => half.toString(16).padStart(8, '0')).join('');
  }

  #addByte(byte: number): void {
    const low = (this.low ^ byte) >>> 0;
    const product = low * primeLow;
    this.high = (Math.imul(this.high, primeLow) + Math.floor(product / twoTo32) + (low << 8)) >>> 0;
    this.low = product % twoTo32;
  }
}
