/**
 * Reads a record from its compact JWS (RFC 7515 section 3.1) as strictly as spec/records.md says. Everything is
 * checked here but the signature, which is an effect: see verify.ts, and the archive's verification threads.
 */
import { decodeBase64url } from '../encoding/base64url.js';
import { decodeUtf8, encodeUtf8 } from '../encoding/bytes.js';
import { parseStrictJson } from '../encoding/strict-json.js';
import { accepted, refused, type Result } from '../errors/result.js';
import { decodePublicKey, isAcceptableSignature, signatureBytes } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import { checkPayload } from './payload.js';
import { recordAlgorithm, recordType, type RecordPayload, type UnverifiedRecord } from './record.js';

/** @param now NumericDate of the reader, seconds */
export function parseRecord(jws: string, now: number): Result<UnverifiedRecord> {
  if (jws.length > limits.recordSizeBytesMax) {
    return refused(
      'record-too-large',
      `A record has at most ${limits.recordSizeBytesMax} bytes; this one has ${jws.length}.`,
    );
  }
  const parts = jws.split('.');
  const [header, payload, signature] = parts.map(decodeBase64url);
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    return refused('record-malformed', 'A record is three parts of canonical base64url joined by dots.');
  }
  const author = readHeader(header);
  if (!author.ok) return author;
  const authorKey = decodePublicKey(author.value);
  if (authorKey === undefined) {
    return refused(
      'record-author-invalid',
      '"kid" is not the base64url of an acceptable Ed25519 public key.',
    );
  }
  if (signature.length !== signatureBytes || !isAcceptableSignature(signature)) {
    return refused(
      'record-signature-invalid',
      'The signature is not an acceptable Ed25519 signature of 64 bytes.',
    );
  }
  const content = readPayload(payload, now);
  if (!content.ok) return content;
  const signingInput = encodeUtf8(jws.slice(0, jws.lastIndexOf('.')));
  return accepted({ jws, author: author.value, authorKey, payload: content.value, signingInput, signature });
}

function readHeader(bytes: Uint8Array): Result<string> {
  const text = decodeUtf8(bytes);
  if (text === undefined) return refused('record-header-invalid', 'The header is not UTF-8.');
  const json = parseStrictJson(text, 1, 'record-header-invalid');
  if (!json.ok) return json;
  const header = json.value as { alg?: unknown; typ?: unknown; kid?: unknown } | null;
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    return refused('record-header-invalid', 'The header is not an object.');
  }
  if (header.alg !== recordAlgorithm) {
    return refused('record-algorithm-unsupported', `"alg" must be "${recordAlgorithm}" (RFC 9864).`);
  }
  if (Object.keys(header).length !== 3 || header.typ !== recordType || typeof header.kid !== 'string') {
    return refused(
      'record-header-invalid',
      `The header has exactly "alg", "typ" ("${recordType}") and "kid".`,
    );
  }
  return accepted(header.kid);
}

function readPayload(bytes: Uint8Array, now: number): Result<RecordPayload> {
  const text = decodeUtf8(bytes);
  if (text === undefined) return refused('record-payload-invalid', 'The payload is not UTF-8.');
  const json = parseStrictJson(text, limits.jsonDepthMax, 'record-payload-invalid');
  if (!json.ok) return json;
  const payload = checkPayload(json.value);
  if (!payload.ok) return payload;
  if (payload.value.iat > now + limits.recordAheadSecondsMax) {
    return refused(
      'record-from-future',
      `"iat" is ${payload.value.iat - now} s ahead; at most 600 s are allowed.`,
    );
  }
  if (payload.value.exp !== undefined && payload.value.exp <= now) {
    return refused('record-expired', `The record expired at ${payload.value.exp}.`);
  }
  return payload;
}
