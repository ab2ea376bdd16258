import { describe, expect, it } from '@jest/globals';
import { encodeBase64url } from '@holdfast/protocol';
import fc from 'fast-check';
import { decodeProof, encodeProof } from './proof-bytes.js';

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const proofs = fc.oneof(
  fc.record({ way: fc.constant('ack' as const), crate: bytesOf(32), proof: bytesOf(32) }),
  fc.record({ way: fc.constant('discard' as const), crate: bytesOf(32), proof: bytesOf(64) }),
);

describe('a proof from client to client', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(proofs, ({ way, crate, proof }) => {
        const told = { way, crate: encodeBase64url(crate), proof: encodeBase64url(proof) };
        expect(decodeProof(encodeProof(told))).toEqual(told);
      }),
    );
  });

  it('begins with its version and its way', () => {
    const crate = encodeBase64url(new Uint8Array(32).fill(1));
    const ack = encodeProof({ way: 'ack', crate, proof: crate });
    expect([...ack.subarray(0, 3), ack.length]).toEqual([1, 0, 1, 66]);
    const discard = encodeProof({ way: 'discard', crate, proof: encodeBase64url(new Uint8Array(64)) });
    expect([...discard.subarray(0, 3), discard.length]).toEqual([1, 1, 1, 98]);
  });

  it('has none of another length, version or way', () => {
    const crate = encodeBase64url(new Uint8Array(32));
    const good = encodeProof({ way: 'ack', crate, proof: crate });
    const changed = (place: number, value: number) => good.map((byte, i) => (i === place ? value : byte));
    const others = [good.subarray(1), Uint8Array.of(...good, 0), changed(0, 2), changed(1, 1), changed(1, 2)];
    for (const bytes of [...others, new Uint8Array(), Uint8Array.of(1)]) {
      expect(decodeProof(bytes)).toBeUndefined();
    }
    expect(() => encodeProof({ way: 'discard', crate, proof: crate })).toThrow('another number');
  });
});
