import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutToEncodedSize, storableText } from './encoded-size.js';

const encodedBytes = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2;
const text = fc.string({ unit: 'binary', maxLength: 200 }).map(storableText);

describe('cutting a text to its size inside JSON', () => {
  it('leaves the longest beginning that fits, and never half a character', () => {
    fc.assert(
      fc.property(text, fc.nat(600), (whole, sizeBytesMax) => {
        const cut = cutToEncodedSize(whole, sizeBytesMax);
        expect(whole.startsWith(cut)).toBe(true);
        expect(cut.isWellFormed()).toBe(true);
        expect(encodedBytes(cut)).toBeLessThanOrEqual(sizeBytesMax);
        const next = whole.codePointAt(cut.length);
        if (next === undefined) return;
        expect(encodedBytes(cut + String.fromCodePoint(next))).toBeGreaterThan(sizeBytesMax);
      }),
    );
  });

  it('counts what JSON escapes at its escaped length', () => {
    expect(cutToEncodedSize('"\n\u0001x'.repeat(10), 2 + 2 + 6)).toBe('"\n\u0001');
  });

  it('does not divide a character outside the basic plane', () => {
    expect(cutToEncodedSize('😀😀', 7)).toBe('😀');
  });
});

describe('text that a record can hold', () => {
  it('has no NUL and no lone surrogate', () => {
    expect(storableText('a\0b\ud800c')).toBe('a\ufffdb\ufffdc');
  });
});
