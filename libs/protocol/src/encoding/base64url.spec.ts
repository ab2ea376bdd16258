import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase64url, decodeBase64urlOf, encodeBase64url } from './base64url.js';

const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];

describe('base64url', () => {
  it('gives back what was encoded, as Buffer encodes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = encodeBase64url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(decodeBase64url(text)).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it('takes a text of its alphabet only when encoding gives the same text again', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...alphabet), { maxLength: 40 }), (characters) => {
        const text = characters.join('');
        const bytes = decodeBase64url(text);
        const canonical = Buffer.from(text, 'base64url').toString('base64url') === text;
        expect(bytes !== undefined).toBe(canonical);
        if (bytes !== undefined) expect(encodeBase64url(bytes)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses every text with a character that is not in the alphabet', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 30 }),
        fc.nat(),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((c) => !alphabet.includes(c)),
        (bytes, position, foreign) => {
          const text = encodeBase64url(bytes);
          const at = position % (text.length + 1);
          expect(decodeBase64url(text.slice(0, at) + foreign + text.slice(at))).toBeUndefined();
          expect(decodeBase64url(text.slice(0, at) + foreign + text.slice(at + 1))).toBeUndefined();
        },
      ),
    );
  });

  it('takes a length only when the text decodes to it', () => {
    expect(decodeBase64urlOf('Zm9v', 3)).toEqual(Uint8Array.of(0x66, 0x6f, 0x6f));
    expect(decodeBase64urlOf('Zm9v', 2)).toBeUndefined();
    expect(decodeBase64urlOf('Zm9v', 4)).toBeUndefined();
    expect(decodeBase64urlOf('Zm9', 2)).toBeUndefined();
  });
});
