/**
 * The few items of CBOR that an envelope is made of, in the core deterministic encoding (RFC 8949 section 4.2.1):
 * definite lengths, every head in its shortest form, nothing else. Reading throws `NotDeterministic`, which
 * parseEnvelope turns into a refusal.
 */
const majorUnsigned = 0;
const majorBytes = 2;
const majorArray = 4;

export class NotDeterministic extends Error {}

export class CborReader {
  offset = 0;

  constructor(private readonly bytes: Uint8Array<ArrayBuffer>) {}

  array(): number {
    return this.head(majorArray, 'an array');
  }

  unsigned(): number {
    return this.head(majorUnsigned, 'an unsigned integer');
  }

  /** A byte string as a view of the input. */
  byteString(): Uint8Array<ArrayBuffer> {
    const length = this.head(majorBytes, 'a byte string');
    if (length > this.bytes.length - this.offset) throw new NotDeterministic('A byte string is cut short.');
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  byteStringOf(length: number): Uint8Array<ArrayBuffer> {
    const string = this.byteString();
    if (string.length !== length) {
      throw new NotDeterministic(`A byte string has ${string.length} bytes instead of ${length}.`);
    }
    return string;
  }

  end(): void {
    if (this.offset !== this.bytes.length) throw new NotDeterministic('Bytes follow the envelope.');
  }

  private head(major: number, what: string): number {
    const at = this.offset;
    const initial = this.byte();
    const additional = initial & 0x1f;
    if (initial >> 5 !== major) throw new NotDeterministic(`Byte ${at} does not begin ${what}.`);
    if (additional < 24) return additional;
    // 27 begins eight bytes, which no number of an envelope needs; 31 an indefinite length.
    if (additional > 26) throw new NotDeterministic(`Byte ${at} begins no definite length of up to 4 bytes.`);
    const size = 1 << (additional - 24);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + this.byte();
    const leastOfSize = size === 1 ? 24 : size === 2 ? 0x100 : 0x10000;
    if (value < leastOfSize)
      throw new NotDeterministic(`The number at byte ${at} is not in its shortest form.`);
    return value;
  }

  private byte(): number {
    const byte = this.bytes[this.offset++];
    if (byte === undefined) throw new NotDeterministic('The envelope is cut short.');
    return byte;
  }
}

export const encodeUnsigned = (value: number): Uint8Array => encodeHead(majorUnsigned, value);
export const encodeArrayHead = (count: number): Uint8Array => encodeHead(majorArray, count);
export const encodeByteStringHead = (length: number): Uint8Array => encodeHead(majorBytes, length);

function encodeHead(major: number, value: number): Uint8Array {
  const top = major << 5;
  if (value < 24) return Uint8Array.of(top | value);
  if (value < 0x100) return Uint8Array.of(top | 24, value);
  if (value < 0x10000) return Uint8Array.of(top | 25, value >> 8, value & 0xff);
  return Uint8Array.of(top | 26, value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff);
}
