/**
 * Custody receipts (spec/custody.md): an archive's signed promise to hold a crate until it has left on a proof or has
 * expired. A compact JWS like a record, with a `typ` of its own, so that neither is ever taken for the other.
 */
import type { Json } from '../encoding/strict-json.js';
import { accepted, refused, type Refusal, type Result } from '../errors/result.js';
import { parseCompactJws, readJsonPayload, signCompactJws, type JwsProfile } from '../jws/compact.js';
import { verifyEd25519, type SigningKey } from '../keys/ed25519.js';
import { limits } from '../limits.js';
import { isNumericDate } from '../records/payload.js';

/** What is promised. Neither size nor expiry tells anything finer than the envelope does. */
export interface HeldCrateTerms {
  /** The crate's id, base64url. */
  readonly crate: string;
  readonly sizeBytes: number;
  /** Whole hours since 1970. */
  readonly expiryHour: number;
}

export interface CustodyReceipt extends HeldCrateTerms {
  /** Who promises: the archive's id, base64url. */
  readonly archive: string;
  /** NumericDate of the archive, whole seconds. */
  readonly iat: number;
}

const custodyType = 'holdfast-custody';

const custodyProfile: JwsProfile = {
  type: custodyType,
  codes: {
    malformed: 'custody-invalid',
    header: 'custody-invalid',
    algorithm: 'custody-invalid',
    signer: 'custody-invalid',
    signature: 'custody-invalid',
    payload: 'custody-invalid',
  },
};

/** @param iat NumericDate, whole seconds */
export function signCustody(terms: HeldCrateTerms, iat: number, archive: SigningKey): Promise<string> {
  const { crate, sizeBytes, expiryHour } = terms;
  return signCompactJws({ crate, sizeBytes, expiryHour, iat }, custodyType, archive);
}

/**
 * The receipt, when it promises exactly these terms. Whether its archive is one that counts is for the caller to say.
 * Refuses with `custody-invalid`.
 * @param now NumericDate of the reader, seconds
 */
export async function verifyCustody(
  jws: string,
  terms: HeldCrateTerms,
  now: number,
): Promise<Result<CustodyReceipt>> {
  if (jws.length > limits.custodyLengthMax) return invalid('The custody receipt is too long.');
  const parsed = parseCompactJws(jws, custodyProfile);
  if (!parsed.ok) return parsed;
  const { signer, signerKey, signingInput, signature, payload } = parsed.value;
  const json = readJsonPayload(payload, 1, custodyProfile);
  if (!json.ok) return json;
  const iat = promisedAt(json.value, terms);
  if (iat === undefined) return invalid('The custody receipt does not promise this crate on its terms.');
  if (iat > now + limits.clockSkewSecondsMax) return invalid('The custody receipt is dated too far ahead.');
  if (!(await verifyEd25519(signerKey, signingInput, signature))) {
    return invalid('The signature of the custody receipt does not verify with the key that "kid" names.');
  }
  return accepted({ ...terms, archive: signer, iat });
}

function promisedAt(json: Json, terms: HeldCrateTerms): number | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const { crate, sizeBytes, expiryHour, iat, ...others } = json as { readonly [member: string]: Json };
  const isThis = crate === terms.crate && sizeBytes === terms.sizeBytes && expiryHour === terms.expiryHour;
  return isThis && Object.keys(others).length === 0 && isNumericDate(iat) ? (iat as number) : undefined;
}

const invalid = (detail: string): Refusal => refused('custody-invalid', detail);
