/** Verifies a record with WebCrypto, and makes one (spec/records.md). */
import { encodeBase64url } from '../encoding/base64url.js';
import { sha256 } from '../encoding/bytes.js';
import { accepted, refused, valueOf, type Result } from '../errors/result.js';
import { signCompactJws } from '../jws/compact.js';
import { verifyEd25519, type SigningKey } from '../keys/ed25519.js';
import { parseRecord } from './parse.js';
import { recordType, type HoldfastRecord, type RecordPayload, type UnverifiedRecord } from './record.js';

/** @param now NumericDate of the reader, seconds */
export async function verifyRecord(jws: string, now: number): Promise<Result<HoldfastRecord>> {
  const parsed = parseRecord(jws, now);
  if (!parsed.ok) return parsed;
  const { authorKey, signingInput, signature } = parsed.value;
  if (!(await verifyEd25519(authorKey, signingInput, signature))) {
    return refused(
      'record-signature-invalid',
      'The signature does not verify with the key that "kid" names.',
    );
  }
  return accepted(recordOf(parsed.value, await sha256(signingInput)));
}

/**
 * Signs a payload into a record. Throws the refusal (`record-payload-invalid`, `record-too-large`, …) that a reader
 * would answer, so that nothing leaves its author which others would refuse.
 * @param now NumericDate of the author, seconds
 */
export async function signRecord(
  payload: RecordPayload,
  author: SigningKey,
  now: number,
): Promise<HoldfastRecord> {
  const parsed = valueOf(parseRecord(await signCompactJws(payload, recordType, author), now));
  return recordOf(parsed, await sha256(parsed.signingInput));
}

function recordOf(parsed: UnverifiedRecord, idBytes: Uint8Array): HoldfastRecord {
  return { ...parsed.payload, id: encodeBase64url(idBytes), author: parsed.author, jws: parsed.jws };
}
