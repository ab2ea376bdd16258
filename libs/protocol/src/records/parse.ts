/**
 * Reads a record from its compact JWS as strictly as spec/records.md says. Everything is checked here but the
 * signature, which is an effect: see verify.ts, and the archive's verification threads.
 */
import { accepted, refused, type Result } from '../errors/result.js';
import { parseCompactJws, readJsonPayload, type JwsProfile } from '../jws/compact.js';
import { limits } from '../limits.js';
import { checkPayload } from './payload.js';
import { recordType, type RecordPayload, type UnverifiedRecord } from './record.js';

const recordProfile: JwsProfile = {
  type: recordType,
  codes: {
    malformed: 'record-malformed',
    header: 'record-header-invalid',
    algorithm: 'record-algorithm-unsupported',
    signer: 'record-author-invalid',
    signature: 'record-signature-invalid',
    payload: 'record-payload-invalid',
  },
};

/** Whether a record that has expired is one: archives keep it, and hand it to each other (spec/gossip.md). */
export type ExpiredRecords = 'refused' | 'kept';

/** @param now NumericDate of the reader, seconds */
export function parseRecord(
  jws: string,
  now: number,
  expired: ExpiredRecords = 'refused',
): Result<UnverifiedRecord> {
  if (jws.length > limits.recordSizeBytesMax) {
    return refused(
      'record-too-large',
      `A record has at most ${limits.recordSizeBytesMax} bytes; this one has ${jws.length}.`,
    );
  }
  const parsed = parseCompactJws(jws, recordProfile);
  if (!parsed.ok) return parsed;
  const { signer, signerKey, signingInput, signature } = parsed.value;
  const payload = readPayload(parsed.value.payload, now, expired);
  if (!payload.ok) return payload;
  return accepted({
    jws,
    author: signer,
    authorKey: signerKey,
    payload: payload.value,
    signingInput,
    signature,
  });
}

function readPayload(bytes: Uint8Array, now: number, expired: ExpiredRecords): Result<RecordPayload> {
  const json = readJsonPayload(bytes, limits.jsonDepthMax, recordProfile);
  if (!json.ok) return json;
  const payload = checkPayload(json.value);
  if (!payload.ok) return payload;
  const { iat, exp } = payload.value;
  if (iat > now + limits.recordAheadSecondsMax) {
    const ahead = `"iat" is ${iat - now} s ahead; at most ${limits.recordAheadSecondsMax} s are allowed.`;
    return refused('record-from-future', ahead);
  }
  if (exp !== undefined && exp <= now && expired === 'refused') {
    return refused('record-expired', `The record expired at ${exp}.`);
  }
  return payload;
}
