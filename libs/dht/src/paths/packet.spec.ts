import { describe, expect, it } from '@jest/globals';
import { equalBytes } from '@holdfast/protocol';
import { chance, keyOf } from '../../test/part-world.js';
import { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import { decodePacket, encodePacket, type Packet } from './packet.js';

const packets: Packet[] = [
  { kind: 'message', messageClass: 0, flags: 0, payload: Uint8Array.of(1) },
  { kind: 'message', messageClass: 1, flags: 2, payload: new Uint8Array(200).fill(7) },
  { kind: 'forward', path: [], route: [], frame: Uint8Array.of(9) },
  { kind: 'forward', path: [keyOf(1), keyOf(2)], route: [keyOf(3)], frame: new Uint8Array(300).fill(1) },
  { kind: 'gone', id: keyOf(4), by: keyOf(5), path: [] },
  { kind: 'gone', id: keyOf(4), by: keyOf(5), path: [keyOf(6), keyOf(7)] },
];
const plain = (packet: Packet): unknown =>
  JSON.parse(JSON.stringify(packet, (_name, value: unknown) => (value instanceof Key ? value.text : value)));

describe('a packet', () => {
  it('comes out as it went in', () => {
    for (const packet of packets) {
      const decoded = decodePacket(encodePacket(packet));
      expect(decoded.ok && plain(decoded.value)).toEqual(plain(packet));
    }
  });

  it('is as it stands in the specification', () => {
    const hex = (packet: Packet): string => Buffer.from(encodePacket(packet)).toString('hex');
    const one = `00000001${'00'.repeat(28)}`;
    const two = `00000002${'00'.repeat(28)}`;
    expect(hex({ kind: 'message', messageClass: 1, flags: 2, payload: Uint8Array.of(0xab) })).toBe(
      '000102ab',
    );
    expect(hex({ kind: 'forward', path: [keyOf(1)], route: [keyOf(2)], frame: Uint8Array.of(0xab) })).toBe(
      `0101${one}01${two}ab`,
    );
    expect(hex({ kind: 'gone', id: keyOf(1), by: keyOf(2), path: [] })).toBe(`02${one}${two}00`);
  });

  it('is refused when it is cut, has too much, or says what is not known', () => {
    const invalid: [string, Uint8Array][] = [
      ['nothing', new Uint8Array()],
      ['an unknown kind', Uint8Array.of(3, 0, 0, 1)],
      ['a class that there is not', Uint8Array.of(0, 2, 0, 1)],
      ['flags that there are not', Uint8Array.of(0, 0, 8, 1)],
      ['no payload', Uint8Array.of(0, 0, 0)],
      ['no frame', encodePacket({ kind: 'forward', path: [keyOf(1)], route: [], frame: new Uint8Array() })],
      ['something after the end', Uint8Array.from([...encodePacket(packets[4]!), 0])],
      ['too long a way', Uint8Array.from([1, dhtLimits.hopsMax + 1, ...new Uint8Array(400)])],
    ];
    for (const [what, bytes] of invalid) expect([what, decodePacket(bytes).ok]).toEqual([what, false]);
    const way = encodePacket(packets[5]!);
    for (let length = 0; length < way.length; length++)
      expect(decodePacket(way.slice(0, length)).ok).toBe(false);
  });

  it('is refused unread when it is larger than any', () => {
    const payload = new Uint8Array(dhtLimits.frameBytesMax + 10_000);
    const decoded = decodePacket(encodePacket({ kind: 'message', messageClass: 0, flags: 0, payload }));
    expect(decoded).toMatchObject({ ok: false, code: 'request-too-large' });
  });

  it('carries the largest frame over the longest way', () => {
    const path = Array.from({ length: dhtLimits.hopsMax - 1 }, (_, at) => keyOf(at));
    const frame = new Uint8Array(dhtLimits.frameBytesMax);
    expect(decodePacket(encodePacket({ kind: 'forward', path, route: [], frame })).ok).toBe(true);
  });

  it('decodes whatever bytes come without throwing, and what it takes has no other form', () => {
    const random = chance(11);
    let taken = 0;
    const below = (bound: number): number => Math.floor(random() * bound);
    for (let input = 0; input < 3_000; input++) {
      const bytes = Array.from(encodePacket(packets[below(packets.length)]!));
      for (let edits = below(4); edits > 0; edits--) {
        const inserted = Array.from({ length: below(40) }, () => below(256));
        bytes.splice(
          below(Math.min(bytes.length, 80)),
          below(40),
          ...(below(2) === 0 ? inserted : [below(6)]),
        );
      }
      const given = Uint8Array.from(bytes);
      const decoded = decodePacket(given);
      if (!decoded.ok) continue;
      taken++;
      if (!equalBytes(encodePacket(decoded.value), given)) throw new Error(`Input ${input} has two forms.`);
    }
    expect(taken).toBeGreaterThan(100);
  });
});
