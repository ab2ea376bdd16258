/**
 * FNV-1a, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv), over the UTF-16 code units of a text, of which each is
 * taken as if it were a byte: for ASCII it is the published function. It tells traces apart and seeds streams; it is no
 * cryptographic hash.
 */
const offsetLow = 0x84222325;
const offsetHigh = 0xcbf29ce4;
/** The prime is 2^40 + 0x1b3: half of a product is one with this, the other half is a shift. */
const primeLow = 0x1b3;
/** Looked up once: where tests run, what is global is found slowly. */
const { imul } = Math;

export class Fnv1a {
  /** Halves of the hash, as numbers of 32 bits with a sign. */
  low = offsetLow | 0;
  high = offsetHigh | 0;

  add(text: string): this {
    let { low, high } = this;
    for (let i = 0; i < text.length; i++) {
      // In whole numbers of 32 bits and without a call: worlds spend a good part of their time here.
      low ^= text.charCodeAt(i);
      const lower = (low & 0xffff) * primeLow;
      const upper = (low >>> 16) * primeLow + (lower >>> 16);
      high = (imul(high, primeLow) + (upper >>> 16) + (low << 8)) | 0;
      low = (upper << 16) | (lower & 0xffff);
    }
    this.low = low;
    this.high = high;
    return this;
  }

  addBytes(bytes: Uint8Array): this {
    for (const byte of bytes) this.add(String.fromCharCode(byte));
    return this;
  }

  /** 16 hexadecimal digits. */
  hex(): string {
    return [this.high, this.low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
