/**
 * An archive's later keys (spec/peers.md, "Keys"). Its first key is its id for ever; every further one is endorsed by
 * the one before it, in a compact JWS with a `typ` of its own. Whoever knows the id can check the chain, so it does not
 * matter who hands it over. What breaks the chain makes all of it worthless.
 */
import type { Json } from '../encoding/strict-json.js';
import { accepted, refused, type Refusal, type Result } from '../errors/result.js';
import { parseCompactJws, readJsonPayload, signCompactJws, type JwsProfile } from '../jws/compact.js';
import { limits } from '../limits.js';
import { isNumericDate } from '../records/payload.js';
import { decodePublicKey, verifyEd25519, type SigningKey } from './ed25519.js';

const endorsementType = 'holdfast-key';

const endorsementProfile: JwsProfile = {
  type: endorsementType,
  codes: {
    malformed: 'key-invalid',
    header: 'key-invalid',
    algorithm: 'key-invalid',
    signer: 'key-invalid',
    signature: 'key-invalid',
    payload: 'key-invalid',
  },
};

/**
 * @param archive the id of the archive: its first key
 * @param key the new key
 * @param iat NumericDate, whole seconds
 * @param before the newest key until now
 */
export function endorseKey(archive: string, key: string, iat: number, before: SigningKey): Promise<string> {
  return signCompactJws({ archive, key, iat }, endorsementType, before);
}

/**
 * All keys of an archive, the first one first. Refuses with `key-invalid` when an endorsement is not one of the key
 * before it, or a key comes twice.
 * @param endorsements of its later keys, in the order in which they were made
 */
export async function verifyEndorsements(
  archive: string,
  endorsements: readonly string[],
): Promise<Result<readonly string[]>> {
  if (endorsements.length >= limits.archiveKeysMax) {
    return invalid(`An archive has at most ${limits.archiveKeysMax} keys.`);
  }
  const keys = [archive];
  for (const endorsement of endorsements) {
    const key = await endorsedBy(archive, keys.at(-1)!, endorsement);
    if (!key.ok) return key;
    if (keys.includes(key.value)) return invalid('A key is endorsed twice.');
    keys.push(key.value);
  }
  return accepted(keys);
}

async function endorsedBy(archive: string, before: string, endorsement: string): Promise<Result<string>> {
  if (endorsement.length > limits.endorsementLengthMax) return invalid('The endorsement is too long.');
  const parsed = parseCompactJws(endorsement, endorsementProfile);
  if (!parsed.ok) return parsed;
  const { signer, signerKey, signingInput, signature, payload } = parsed.value;
  if (signer !== before) return invalid('The endorsement is not signed by the key before it.');
  const json = readJsonPayload(payload, 1, endorsementProfile);
  if (!json.ok) return json;
  const members = json.value;
  if (typeof members !== 'object' || members === null || Array.isArray(members)) {
    return invalid('The endorsement has not exactly "archive", "key" and "iat".');
  }
  const { archive: ofArchive, key, iat, ...others } = members as { readonly [member: string]: Json };
  const isWhole = Object.keys(others).length === 0 && isNumericDate(iat) && ofArchive === archive;
  if (!isWhole || typeof key !== 'string' || decodePublicKey(key) === undefined) {
    return invalid('The endorsement is not one of a key of this archive.');
  }
  if (!(await verifyEd25519(signerKey, signingInput, signature))) {
    return invalid('The signature of the endorsement does not verify.');
  }
  return accepted(key);
}

const invalid = (detail: string): Refusal => refused('key-invalid', detail);
