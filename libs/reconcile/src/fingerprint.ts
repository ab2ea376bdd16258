/** What stands for the ids of a range: two sets with the same one are taken to be the same (spec/reconcile.md, "Fingerprints"). */
import { sha256 } from '@noble/hashes/sha2.js';
import { limits } from './limits.js';
import { varintBytes } from './wire/varint.js';

/** @param sum of the ids, 32 bytes (IdSum) @returns 16 bytes */
export function fingerprintOf(sum: Uint8Array, count: number): Uint8Array<ArrayBuffer> {
  const counted = varintBytes(count);
  const input = new Uint8Array(limits.idSizeBytes + counted.length);
  input.set(sum);
  input.set(counted, limits.idSizeBytes);
  return sha256(input).slice(0, limits.fingerprintSizeBytes);
}
