/**
 * What the tokens of archives and of operators have in common: a JWT (RFC 7519) for this archive in an Authorization
 * header, with exactly the header members that it needs, good for a minute and for one request.
 */
import { createHash } from 'node:crypto';
import { decodePublicKey, HoldfastError, limits } from '@holdfast/protocol';
import { importJWK, jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { archiveLimits } from '../../limits.js';

export interface SignedToken {
  /** The key that has signed it, which the caller has to know. */
  readonly key: string;
  readonly claims: JWTPayload;
}

interface TokenForm {
  readonly type: string;
  readonly audience: string;
  /** Those that it must have, and beside them those that it may have. */
  readonly required: readonly string[];
  readonly optional?: readonly string[];
}

export function bearerOf(authorization: string | undefined, whose: string): string {
  const [scheme, token = '', ...others] = (authorization ?? '').split(' ');
  if (scheme !== 'Bearer' || others.length > 0 || token.length > archiveLimits.tokenLengthMax) {
    throw refused(`This door takes the token of ${whose}: Authorization: Bearer ….`);
  }
  return token;
}

/** @throws HoldfastError `not-authorised` */
export async function verifyToken(token: string, form: TokenForm, nowMs: number): Promise<SignedToken> {
  try {
    const { payload: claims, protectedHeader } = await jwtVerify(token, keyOf, {
      algorithms: ['Ed25519'],
      typ: form.type,
      audience: form.audience,
      requiredClaims: [...form.required],
      currentDate: new Date(nowMs),
      clockTolerance: archiveLimits.tokenToleranceSeconds,
    });
    requireClaims(claims, form, nowMs);
    return { key: protectedHeader.kid!, claims };
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    const sentence = 'The token is not one for this archive, of this moment.';
    throw new HoldfastError('not-authorised', sentence, {}, { cause });
  }
}

function requireClaims(claims: JWTPayload, { required, optional = [] }: TokenForm, nowMs: number): void {
  const { aud, jti } = claims;
  const lifetime = claims.exp! - claims.iat!;
  const isWellFormed =
    typeof aud === 'string' &&
    typeof jti === 'string' &&
    /^[\w-]{1,64}$/.test(jti) &&
    Object.keys(claims).every((name) => required.includes(name) || optional.includes(name));
  if (!isWellFormed) throw refused('The claims of the token are not those of this kind of token.');
  if (!(lifetime > 0 && lifetime <= limits.archiveTokenSecondsMax)) {
    throw refused(`A token is good for ${limits.archiveTokenSecondsMax} seconds at most.`);
  }
  if (ageSecondsOf(claims, nowMs) < -archiveLimits.tokenToleranceSeconds) {
    throw refused('The token is dated ahead.');
  }
}

function keyOf({ kid, ...others }: JWTHeaderParameters) {
  const names = Object.keys(others).sort().join();
  if (names !== 'alg,typ' || typeof kid !== 'string' || decodePublicKey(kid) === undefined) {
    throw refused('The header of the token has exactly "alg", "typ" and the key as "kid".');
  }
  return importJWK({ kty: 'OKP', crv: 'Ed25519', x: kid }, 'Ed25519');
}

export const ageSecondsOf = (claims: JWTPayload, nowMs: number): number => nowMs / 1000 - claims.iat!;

/** From when on a token is refused for its age: one that ends within a second is good until that is over. */
export const endOf = (claims: JWTPayload): number =>
  (Math.ceil(claims.exp!) + archiveLimits.tokenToleranceSeconds) * 1000;

/** After a start nothing would know whether an older one has been used. */
export function requireSinceStart(claims: JWTPayload, nowMs: number, uptimeMs: number): void {
  if (ageSecondsOf(claims, nowMs) > uptimeMs / 1000 + 1) {
    throw refused('The token is older than this start of the archive.');
  }
}

export const hashOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('base64url');

export const refused = (sentence: string): HoldfastError => new HoldfastError('not-authorised', sentence);
