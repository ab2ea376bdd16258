import { describe, expect, it } from '@jest/globals';
import { concatBytes, decodeUtf8, encodeUtf8, equalBytes, sha256 } from './bytes.js';

describe('bytes', () => {
  it('are decoded only from well-formed UTF-8, a byte order mark kept', () => {
    expect(decodeUtf8(encodeUtf8('Grüße 𝄞'))).toBe('Grüße 𝄞');
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
    expect(decodeUtf8(Uint8Array.of(0xc0, 0x80))).toBeUndefined();
    expect(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toBeUndefined();
  });

  it('are equal only in length and in every byte', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
  });

  it('are joined in order and hashed as FIPS 180-4 says', async () => {
    const abc = concatBytes(encodeUtf8('a'), new Uint8Array(0), encodeUtf8('bc'));
    expect(Buffer.from(await sha256(abc)).toString('hex')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
