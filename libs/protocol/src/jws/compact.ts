/**
 * The compact JWS (RFC 7515 section 3.1) that records and messages share, read strictly: three parts of canonical
 * base64url, a header of exactly alg, typ and kid, an acceptable key and an acceptable signature. Only the
 * verification itself is left, which is an effect. spec/records.md, "JWS".
 */
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js';
import { decodeUtf8, encodeUtf8 } from '../encoding/bytes.js';
import { parseStrictJson, type Json } from '../encoding/strict-json.js';
import type { ErrorCode } from '../errors/codes.js';
import { accepted, refused, type Result } from '../errors/result.js';
import { decodePublicKey, isAcceptableSignature, type SigningKey } from '../keys/ed25519.js';

export const jwsAlgorithm = 'Ed25519';

/** What a kind of JWS is called in `typ`, and the codes of its refusals. */
export interface JwsProfile {
  readonly type: string;
  readonly codes: {
    readonly malformed: ErrorCode;
    readonly header: ErrorCode;
    readonly algorithm: ErrorCode;
    readonly signer: ErrorCode;
    readonly signature: ErrorCode;
    readonly payload: ErrorCode;
  };
}

/** A JWS whose form has been checked; its signature has not. */
export interface UnverifiedJws {
  /** The signer's public key in base64url, as `kid` has it. */
  readonly signer: string;
  readonly signerKey: Uint8Array<ArrayBuffer>;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** ASCII(header.payload): what is signed. */
  readonly signingInput: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

export function parseCompactJws(jws: string, { type, codes }: JwsProfile): Result<UnverifiedJws> {
  const parts = jws.split('.', 4);
  const [header, payload, signature] = parts.map(decodeBase64url);
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    return refused(codes.malformed, 'A compact JWS is three parts of canonical base64url joined by dots.');
  }
  const signer = readHeader(header, type, codes);
  if (!signer.ok) return signer;
  const signerKey = decodePublicKey(signer.value);
  if (signerKey === undefined) {
    return refused(codes.signer, '"kid" is not the base64url of an acceptable Ed25519 public key.');
  }
  if (!isAcceptableSignature(signature)) {
    return refused(codes.signature, 'The signature is not an acceptable Ed25519 signature of 64 bytes.');
  }
  const signingInput = encodeUtf8(jws.slice(0, jws.lastIndexOf('.')));
  return accepted({ signer: signer.value, signerKey, payload, signingInput, signature });
}

/** The payload as strict JSON of at most `depthMax` levels. */
export function readJsonPayload(payload: Uint8Array, depthMax: number, { codes }: JwsProfile): Result<Json> {
  const text = decodeUtf8(payload);
  if (text === undefined) return refused(codes.payload, 'The payload is not UTF-8.');
  return parseStrictJson(text, depthMax, codes.payload);
}

export async function signCompactJws(payload: object, type: string, signer: SigningKey): Promise<string> {
  const header = { alg: jwsAlgorithm, typ: type, kid: signer.publicKey };
  const signingInput = `${encodeJson(header)}.${encodeJson(payload)}`;
  return `${signingInput}.${encodeBase64url(await signer.sign(encodeUtf8(signingInput)))}`;
}

function readHeader(bytes: Uint8Array, type: string, codes: JwsProfile['codes']): Result<string> {
  const text = decodeUtf8(bytes);
  if (text === undefined) return refused(codes.header, 'The header is not UTF-8.');
  const json = parseStrictJson(text, 1, codes.header);
  if (!json.ok) return json;
  const header = json.value as { alg?: unknown; typ?: unknown; kid?: unknown } | null;
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    return refused(codes.header, 'The header is not an object.');
  }
  if (header.alg !== jwsAlgorithm) {
    return refused(codes.algorithm, `"alg" must be "${jwsAlgorithm}" (RFC 9864).`);
  }
  if (Object.keys(header).length !== 3 || header.typ !== type || typeof header.kid !== 'string') {
    return refused(codes.header, `The header has exactly "alg", "typ" ("${type}") and "kid".`);
  }
  return accepted(header.kid);
}

const encodeJson = (value: object): string => encodeBase64url(encodeUtf8(JSON.stringify(value)));
