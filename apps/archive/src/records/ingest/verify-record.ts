/** What both adapters of the verifier do with one record; they differ in the thread and in who checks signatures. */
import {
  isInScope,
  parseRecord,
  refused,
  systemCollections,
  type ExpiredRecords,
  type Result,
  type Scope,
} from '@holdfast/protocol';
import { hash } from 'node:crypto';
import { rowOf } from './record-row.js';
import type { VerifiedRecord } from './record-verifier.js';

/** Strict Ed25519 (RFC 8032 section 5.1.7, without cofactor); the points have been checked by `parseRecord`. */
export type SignatureCheck = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** What the archive wants of a record; without a scope it keeps everything. */
export interface Terms {
  /** NumericDate of the archive, seconds. */
  readonly now: number;
  readonly expired?: ExpiredRecords | undefined;
  readonly scope?: Scope;
}

export function verifyRecordWith(
  check: SignatureCheck,
  jws: string,
  { now, expired, scope }: Terms,
): Result<VerifiedRecord> {
  const parsed = parseRecord(jws, now, expired);
  if (!parsed.ok) return parsed;
  const { author, authorKey, signingInput, signature, payload } = parsed.value;
  const { collection, topics = [], iat } = payload;
  if (scope !== undefined && !isInScope(scope, { author, collection, topics, iat })) {
    return refused('record-out-of-scope', 'This archive does not keep such records.');
  }
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
      isRetraction: collection === systemCollections.retractions,
    },
  };
}
