import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { linkLimits } from './link-limits.js';
import { chunksOf, PacketAssembly, type Assembled } from './packet-chunks.js';

const { chunkBytesMax, packetBytesMax } = linkLimits;
const packetOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
/** Comparing large arrays takes the test framework long. */
const hashed = (packet: Assembled): string => createHash('sha256').update(packet).digest('hex');

function assembled(chunks: readonly Uint8Array[]): Assembled[] {
  const assembly = new PacketAssembly();
  return chunks.map((chunk) => assembly.take(chunk)).filter((outcome) => outcome !== 'part');
}

describe('packets in chunks', () => {
  const lengths = [0, 1, chunkBytesMax - 1, chunkBytesMax, chunkBytesMax * 2, 65_536, packetBytesMax];
  it.each(lengths)(
    'of %i bytes come together as they were, in chunks that every browser carries',
    (length) => {
      const chunks = chunksOf(packetOf(length));
      expect(chunks.every((chunk) => chunk.length <= chunkBytesMax)).toBe(true);
      expect(assembled(chunks).map(hashed)).toEqual([hashed(packetOf(length))]);
    },
  );

  it('follow each other in one channel', () => {
    const length = fc.oneof(fc.nat(64), fc.integer({ min: chunkBytesMax - 8, max: 3 * chunkBytesMax }));
    fc.assert(
      fc.property(fc.array(length, { maxLength: 6 }), (sent) => {
        const packets = sent.map(packetOf);
        expect(assembled(packets.flatMap(chunksOf)).map(hashed)).toEqual(packets.map(hashed));
      }),
      { numRuns: 30 },
    );
  });

  const [first, second] = chunksOf(packetOf(chunkBytesMax + 10)) as [Uint8Array, Uint8Array];
  const announcing = (length: number): Uint8Array => {
    const chunk = first.slice();
    new DataView(chunk.buffer).setUint32(1, length);
    return chunk;
  };
  it.each<readonly [string, readonly Uint8Array[], Assembled]>([
    ['an empty message', [new Uint8Array()], 'malformed'],
    ['an unknown kind', [Uint8Array.of(3, 1)], 'malformed'],
    ['a rest of nothing', [second], 'malformed'],
    ['a rest without bytes', [first, Uint8Array.of(2)], 'malformed'],
    ['a first chunk inside a packet', [first, first], 'malformed'],
    ['a whole packet inside another', [first, Uint8Array.of(0, 1)], 'malformed'],
    ['more than was announced', [first, first.slice().fill(2, 0, 1)], 'malformed'],
    ['a cut packet that needed no cut', [announcing(100)], 'malformed'],
    ['a first chunk that is not full', [first.subarray(0, 100)], 'malformed'],
    ['a first chunk without its length', [first.subarray(0, 4)], 'malformed'],
    ['a packet that is too large', [announcing(packetBytesMax + 1)], 'too-large'],
    ['a message that is too large', [new Uint8Array(chunkBytesMax + 1)], 'too-large'],
  ])('are refused: %s', (_, chunks, outcome) => {
    expect(assembled(chunks).at(-1)).toBe(outcome);
  });

  it('are never put together by throwing, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 16 }), { maxLength: 5 }), (chunks) => {
        expect(() => assembled(chunks)).not.toThrow();
      }),
    );
  });
});
