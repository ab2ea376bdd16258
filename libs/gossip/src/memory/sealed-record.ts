/**
 * Records of simulated authors: everything is as spec/records.md has it but the signature, which is a hash that anybody can
 * make. Made and checked at once, without the cryptography that would dominate a simulation and run outside its time.
 */
import {
  accepted,
  decodeBase64url,
  encodeBase64url,
  encodeUtf8,
  equalBytes,
  parseRecord,
  recordAlgorithm,
  recordType,
  refused,
  type HoldfastRecord,
  type RecordPayload,
  type Result,
} from '@holdfast/protocol';
import { sha256 } from '@noble/hashes/sha2.js';

/** An author by name: 32 bytes that have the form of a public key. */
export function simulatedAuthor(name: string): string {
  const key = sha256(encodeUtf8(`simulated author ${name}`));
  key[31]! &= 0x3f;
  return encodeBase64url(key);
}

export function sealRecord(
  payload: RecordPayload,
  author: string,
): { readonly id: string; readonly jws: string } {
  const header = { alg: recordAlgorithm, typ: recordType, kid: author };
  const signed = `${encodeJson(header)}.${encodeJson(payload)}`;
  return { id: idOf(signed), jws: `${signed}.${encodeBase64url(sealOf(signed))}` };
}

/** Takes what is sealed, expired or not. @param now NumericDate */
export function verifySealed(jws: string, now: number): Result<HoldfastRecord> {
  let parsed = parseRecord(jws, now);
  if (!parsed.ok && parsed.code === 'record-expired') parsed = parseRecord(jws, iatOf(jws));
  if (!parsed.ok) return parsed;
  const { author, payload, signature } = parsed.value;
  const signed = jws.slice(0, jws.lastIndexOf('.'));
  if (!equalBytes(signature, sealOf(signed)))
    return refused('record-signature-invalid', 'The seal is broken.');
  return accepted({ ...payload, id: idOf(signed), author, jws });
}

/** Of a record whose form has been checked. Its expiry lies after it. */
function iatOf(jws: string): number {
  const payload = new TextDecoder().decode(decodeBase64url(jws.split('.')[1]!)!);
  return (JSON.parse(payload) as { iat: number }).iat;
}

function sealOf(signed: string): Uint8Array {
  const seal = new Uint8Array(64);
  seal.set(sha256(encodeUtf8(`seal ${signed}`)));
  seal.set(sha256(encodeUtf8(`seal of ${signed}`)), 32);
  // The halves of a signature have bounds that a reader checks.
  seal[31]! &= 0x3f;
  seal[63]! &= 0x0f;
  return seal;
}

const idOf = (signed: string): string => encodeBase64url(sha256(encodeUtf8(signed)));
const encodeJson = (value: object): string => encodeBase64url(encodeUtf8(JSON.stringify(value)));
