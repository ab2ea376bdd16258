/**
 * base64url without padding (RFC 4648 section 5, RFC 7515 section 2), canonical only: no padding, no
 * white space, and the unused bits of the last character are zero, so that one byte string has one text.
 */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const ascii = new TextDecoder();
const codeOfValue = Uint8Array.from(alphabet, (character) => character.charCodeAt(0));
const valueOfCode = new Int8Array(128).fill(-1);
for (let i = 0; i < alphabet.length; i++) valueOfCode[alphabet.charCodeAt(i)] = i;

export function encodeBase64url(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  let offset = 0;
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    codes[offset++] = codeOfValue[group >> 18]!;
    codes[offset++] = codeOfValue[(group >> 12) & 63]!;
    codes[offset++] = codeOfValue[(group >> 6) & 63]!;
    codes[offset++] = codeOfValue[group & 63]!;
  }
  const rest = bytes.length - i;
  if (rest > 0) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8);
    codes[offset++] = codeOfValue[group >> 18]!;
    codes[offset++] = codeOfValue[(group >> 12) & 63]!;
    if (rest === 2) codes[offset] = codeOfValue[(group >> 6) & 63]!;
  }
  return ascii.decode(codes);
}

/** The bytes, or undefined when the text is not canonical base64url. */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  const tail = text.length % 4;
  if (tail === 1) return undefined;
  const bytes = new Uint8Array((text.length * 3) >> 2);
  let group = 0;
  let bits = 0;
  let offset = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? valueOfCode[code]! : -1;
    if (value < 0) return undefined;
    group = ((group << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[offset++] = (group >> bits) & 0xff;
    }
  }
  return (group & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}

/** The bytes when the text is canonical and decodes to exactly `length` bytes. */
export function decodeBase64urlOf(text: string, length: number): Uint8Array<ArrayBuffer> | undefined {
  if (text.length !== Math.ceil((length * 4) / 3)) return undefined;
  return decodeBase64url(text);
}
