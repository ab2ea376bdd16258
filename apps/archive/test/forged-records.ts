/** Records with random signatures, as a verifier would hand them on: for tests that need many and trust them. */
import { recordAlgorithm, recordType, type RecordPayload } from '@holdfast/protocol';
import { randomBytes } from 'node:crypto';
import type { VerifiedRecord } from '../src/records/ingest/record-verifier.js';
import { verifyRecordWith } from '../src/records/ingest/verify-record.js';

export interface ForgedRecord extends RecordPayload {
  readonly id: string;
  readonly author: string;
  readonly jws: string;
  readonly verified: VerifiedRecord;
}

let count = 0;

/** @param payload `body` makes it differ from every other record unless it is given */
export function forgedRecord(author: string, payload: Partial<RecordPayload> = {}): ForgedRecord {
  count += 1;
  const whole: RecordPayload = { collection: 'notes', iat: 1_700_000_000, body: { count }, ...payload };
  const parts = [{ alg: recordAlgorithm, typ: recordType, kid: author }, whole].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  // The second half is a scalar below the group order, as the parser wants it.
  const signature = Buffer.concat([randomBytes(48), Buffer.alloc(16)]);
  const jws = [...parts, signature.toString('base64url')].join('.');
  const result = verifyRecordWith(() => true, jws, { now: whole.iat });
  if (!result.ok) throw new Error(result.detail);
  return { ...whole, author, jws, id: result.value.id, verified: result.value };
}
