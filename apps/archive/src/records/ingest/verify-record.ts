/** What both adapters of the verifier do with one record; they differ in the thread and in who checks signatures. */
import { parseRecord, refused, systemCollections, type Result } from '@holdfast/protocol';
import { hash } from 'node:crypto';
import { rowOf } from './record-row.js';
import type { VerifiedRecord } from './record-verifier.js';

/** Strict Ed25519 (RFC 8032 section 5.1.7, without cofactor); the points have been checked by `parseRecord`. */
export type SignatureCheck = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export function verifyRecordWith(check: SignatureCheck, jws: string, now: number): Result<VerifiedRecord> {
  const parsed = parseRecord(jws, now);
  if (!parsed.ok) return parsed;
  const { authorKey, signingInput, signature, payload } = parsed.value;
  if (!check(authorKey, signingInput, signature)) {
    return refused(
      'record-signature-invalid',
      'The signature does not verify with the key that "kid" names.',
    );
  }
  const id = hash('sha256', signingInput, 'buffer');
  return {
    ok: true,
    value: {
      id: id.toString('base64url'),
      sizeBytes: jws.length,
      row: rowOf(parsed.value, id.toString('hex')),
      isRetraction: payload.collection === systemCollections.retractions,
    },
  };
}
