import { describe, expect, it } from '@jest/globals';
import { encodeUtf8 } from '@holdfast/protocol';
import fc from 'fast-check';
import { linkLimits } from './link-limits.js';
import { attemptMax, decodeSignal, encodeSignal, type Signal } from './signal.js';

const candidate = { candidate: 'candidate:1 1 UDP 2122317823 127.0.0.1 9 typ host', mid: '0' };
const candidates = (count: number) => Array.from({ length: count }, () => candidate);
const text = (value: unknown): Uint8Array => encodeUtf8(JSON.stringify(value));

describe('a signal', () => {
  const signals: readonly Signal[] = [
    { kind: 'offer', attempt: 0, sdp: 'v=0', candidates: [] },
    { kind: 'answer', attempt: attemptMax, sdp: 'v=0\r\n', candidates: [candidate] },
    { kind: 'candidates', attempt: 7, candidates: candidates(linkLimits.candidatesPerSignalMax) },
    { kind: 'bye', attempt: 7 },
  ];
  it.each(signals)('of kind $kind is read as it was written', (signal) => {
    expect(decodeSignal(encodeSignal(signal))).toEqual({ ok: true, value: signal });
  });

  const offer = { v: 1, kind: 'offer', attempt: 1, sdp: 'v=0', candidates: [] };
  const garbage: readonly (readonly [string, Uint8Array])[] = [
    ['no bytes', new Uint8Array()],
    ['what is not UTF-8', Uint8Array.of(0xff)],
    ['what is not JSON', encodeUtf8('offer')],
    ['a list', text([])],
    ['another version', text({ ...offer, v: 2 })],
    ['another kind', text({ ...offer, kind: 'ask' })],
    ['a further member', text({ ...offer, to: 'x' })],
    ['no attempt', text({ v: 1, kind: 'bye' })],
    ['an attempt that is no whole number', text({ v: 1, kind: 'bye', attempt: 1.5 })],
    ['an attempt that is too great', text({ v: 1, kind: 'bye', attempt: attemptMax + 1 })],
    ['no description', text({ ...offer, sdp: '' })],
    ['too long a description', text({ ...offer, sdp: 'x'.repeat(linkLimits.descriptionLengthMax + 1) })],
    [
      'too many candidates',
      text({ ...offer, candidates: candidates(linkLimits.candidatesPerSignalMax + 1) }),
    ],
    ['a candidate that is none', text({ ...offer, candidates: ['candidate:1'] })],
    ['a candidate with more to it', text({ ...offer, candidates: [{ ...candidate, more: 1 }] })],
    ['too long a candidate', text({ ...offer, candidates: [{ ...candidate, candidate: 'c'.repeat(513) }] })],
    ['candidates that are no list', text({ ...offer, candidates: { length: 0 } })],
    ['too many bytes', text({ ...offer, more: 'x'.repeat(linkLimits.signalBytesMax) })],
    ['one name twice', encodeUtf8('{"v":1,"kind":"bye","kind":"bye","attempt":1}')],
  ];
  it.each(garbage)('is refused: %s', (_, bytes) => {
    expect(decodeSignal(bytes)).toMatchObject({ ok: false, code: 'request-malformed' });
  });

  it('is never read by throwing, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(decodeSignal(bytes).ok).toBe(false);
      }),
    );
  });
});
