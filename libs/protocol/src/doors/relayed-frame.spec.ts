import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { limits } from '../limits.js';
import { encodeRelayedFrame, parseRelayedFrame } from './relayed-frame.js';

const archive = new Uint8Array(32).fill(7);
const frame = new Uint8Array(limits.nodeFrameBytesMin).fill(9);
const message = encodeRelayedFrame({ n: 5, archive, frame });

const anyRelayed = fc.record({
  n: fc.integer({ min: 1, max: limits.requestNumberMax }),
  archive: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  frame: fc.uint8Array({ minLength: limits.nodeFrameBytesMin, maxLength: 2_000 }),
});

describe('a relayed frame', () => {
  it('comes out as it was put in, also where it stands in the middle of other bytes', () => {
    fc.assert(
      fc.property(anyRelayed, fc.nat(100), (relayed, before) => {
        const encoded = encodeRelayedFrame(relayed);
        const around = new Uint8Array(before + encoded.length + 9).fill(255);
        around.set(encoded, before);
        for (const one of [encoded, around.subarray(before, before + encoded.length)]) {
          expect(parseRelayedFrame(one)).toEqual({ ok: true, value: relayed });
        }
      }),
    );
  });

  it('is as long as its frame and 37 bytes, and is read without being copied', () => {
    expect(message.length).toBe(frame.length + 37);
    const parsed = parseRelayedFrame(message);
    expect(parsed.ok && parsed.value.frame.buffer).toBe(message.buffer);
  });

  it('is refused, and nothing thrown, whatever the bytes', () => {
    const changed = fc
      .record({
        at: fc.nat(message.length - 1),
        value: fc.nat(255),
        length: fc.nat(message.length),
      })
      .map(({ at, value, length }) => message.with(at, value).subarray(0, length));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), changed), (bytes) => {
        const parsed = parseRelayedFrame(bytes);
        if (parsed.ok) expect(encodeRelayedFrame(parsed.value)).toEqual(new Uint8Array(bytes));
        else expect(parsed.code).toBe('request-malformed');
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused wherever it is cut short, with its number where that could be read', () => {
    for (let length = 0; length < message.length; length++) {
      const parsed = parseRelayedFrame(message.subarray(0, length));
      expect(parsed).toMatchObject({ ok: false, code: 'request-malformed' });
      expect('n' in parsed ? parsed.n : undefined).toBe(length < 5 ? undefined : 5);
    }
  });

  it.each([
    ['of another kind', message.with(0, 2)],
    ['of number 0', message.with(4, 0)],
  ])('is refused without a number when it is %s', (_what, bytes) => {
    const parsed = parseRelayedFrame(bytes);
    expect(parsed).toMatchObject({ ok: false, code: 'request-malformed' });
    expect(parsed).not.toHaveProperty('n');
  });

  it('has a bound, to the byte', () => {
    const whole = new Uint8Array(37 + limits.nodeFrameBytesMax + 1);
    whole.set(message);
    expect(parseRelayedFrame(whole.subarray(0, -1)).ok).toBe(true);
    expect(parseRelayedFrame(whole)).toMatchObject({ ok: false, code: 'request-malformed', n: 5 });
  });

  it.each([
    ['number 0', { n: 0, archive, frame }],
    ['a number that is no whole one', { n: 1.5, archive, frame }],
    ['a number of five bytes', { n: limits.requestNumberMax + 1, archive, frame }],
    ['an archive of 31 bytes', { n: 1, archive: archive.subarray(1), frame }],
    ['a frame that is too short', { n: 1, archive, frame: frame.subarray(1) }],
    ['a frame that is too long', { n: 1, archive, frame: new Uint8Array(limits.nodeFrameBytesMax + 1) }],
  ])('is not made of %s', (_what, relayed) => {
    expect(() => encodeRelayedFrame(relayed)).toThrow(RangeError);
  });
});
