/** The bytes of `deliver` with the purpose `receipt` (spec/direct.md, "Delivery"): version, way, crate, proof. */
import { concatBytes, decodeBase64urlOf, encodeBase64url, HoldfastError } from '@holdfast/protocol';
import type { DirectProof } from './direct-delivery.js';

const version = 1;
const crateBytes = 32;
const headBytes = 2;
const ways = ['ack', 'discard'] as const;
const proofBytes = { ack: 32, discard: 64 } as const;

export function encodeProof({ crate, way, proof }: DirectProof): Uint8Array<ArrayBuffer> {
  const [id, shown] = [decodeBase64urlOf(crate, crateBytes), decodeBase64urlOf(proof, proofBytes[way])];
  if (id === undefined || shown === undefined) {
    throw new HoldfastError('key-invalid', 'A crate and its proof have bytes of another number.');
  }
  return concatBytes(Uint8Array.of(version, ways.indexOf(way)), id, shown);
}

/** Undefined for what is none. */
export function decodeProof(bytes: Uint8Array): DirectProof | undefined {
  const way = ways[bytes[1] ?? -1];
  if (bytes[0] !== version || way === undefined) return undefined;
  if (bytes.length !== headBytes + crateBytes + proofBytes[way]) return undefined;
  const proofAt = headBytes + crateBytes;
  return {
    crate: encodeBase64url(bytes.subarray(headBytes, proofAt)),
    way,
    proof: encodeBase64url(bytes.subarray(proofAt)),
  };
}
