/**
 * Tokens by which archives prove to each other who asks (spec/custody.md, "Between archives"): a JWT of the asking
 * archive, good for one other archive, for a minute and for one request, whose door and body it names: an introduction
 * is not signed, so whoever introduces itself as another gets tokens for that one, and can make no other use of them.
 * Whoever makes one dates it by the clock of whoever will read it, so clocks that are hours apart do not matter. A token
 * from before this start is refused, because nothing would know whether it has been used.
 */
import { createHash, randomBytes } from 'node:crypto';
import { decodePublicKey, HoldfastError, isArchiveUrl, limits } from '@holdfast/protocol';
import { importJWK, jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { archiveLimits } from '../../limits.js';
import type { ArchiveIdentity } from './archive-identity.js';
import { UsedTokens } from './used-tokens.js';

/** Who asks, as far as the token proves it: `archive` is proven, `url` is what that archive says of itself. */
export interface AskingArchive {
  readonly archive: string;
  readonly url?: string;
}

/** The doors that take tokens, without what an archive's public URL may have before them. */
export type TokenDoor = '/v1/crates' | '/v1/crates/offers' | '/v1/crates/departures';

/** What a token is good for. `body`: as it is sent, before anything reads it. */
export interface SignedRequest {
  readonly path: TokenDoor;
  readonly body: Uint8Array;
}

const tokenType = 'holdfast-archive+jwt';
const claimNames = new Set(['iss', 'aud', 'iat', 'exp', 'jti', 'path', 'hash', 'url']);

export class ArchiveTokens {
  private readonly used = new UsedTokens(archiveLimits.usedTokensMax);

  /** @param uptimeMs how long this process has been running, by a clock that nobody sets */
  constructor(
    private readonly identity: ArchiveIdentity,
    private readonly uptimeMs: () => number = () => performance.now(),
  ) {}

  /**
   * @param audience the id of the archive that is to read it
   * @param request what it is to be sent with
   * @param url where others reach this archive
   * @param nowMs the time by the audience's clock
   */
  issue(audience: string, request: SignedRequest, url: string, nowMs: number): Promise<string> {
    const iat = Math.floor(nowMs / 1000);
    const claims = {
      iss: this.identity.id,
      aud: audience,
      iat,
      exp: iat + limits.archiveTokenSecondsMax,
      jti: randomBytes(16).toString('base64url'),
      path: request.path,
      hash: hashOf(request.body),
      url,
    };
    return this.identity.signToken(claims, tokenType);
  }

  /**
   * @param authorization the request's header
   * @param request that it has come with
   * @throws HoldfastError `not-authorised`; `overloaded` when too many tokens have to be remembered
   */
  async check(
    authorization: string | undefined,
    request: SignedRequest,
    nowMs: number,
  ): Promise<AskingArchive> {
    const [scheme, token = '', ...others] = (authorization ?? '').split(' ');
    if (scheme !== 'Bearer' || others.length > 0 || token.length > archiveLimits.tokenLengthMax) {
      throw refused('This door takes the token of an archive: Authorization: Bearer ….');
    }
    const claims = await this.verify(token, nowMs);
    const asking = this.read(claims, nowMs);
    if (claims.path !== request.path || claims.hash !== hashOf(request.body)) {
      throw refused('The token was made for another request.');
    }
    // It is compared in whole seconds: one that ends within a second is good until that is over.
    const until = (Math.ceil(claims.exp!) + archiveLimits.tokenToleranceSeconds) * 1000;
    const use = this.used.use(`${asking.archive} ${claims.jti}`, until, nowMs);
    if (use === 'again') throw refused('The token has been used already.');
    if (use === 'full')
      throw new HoldfastError('overloaded', 'Too many archives ask at once: try again in a moment.');
    return asking;
  }

  private async verify(token: string, nowMs: number): Promise<JWTPayload> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keyOf, {
        algorithms: ['Ed25519'],
        typ: tokenType,
        audience: this.identity.id,
        requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'path', 'hash'],
        currentDate: new Date(nowMs),
        clockTolerance: archiveLimits.tokenToleranceSeconds,
      });
      if (payload.iss !== protectedHeader.kid) throw refused('"iss" is not the archive that "kid" names.');
      return payload;
    } catch (cause) {
      if (cause instanceof HoldfastError) throw cause;
      const sentence = 'The token is not one of that archive for this one, of this moment.';
      throw new HoldfastError('not-authorised', sentence, {}, { cause });
    }
  }

  private read(claims: JWTPayload, nowMs: number): AskingArchive {
    const { iss, aud, iat, exp, jti, url } = claims;
    const lifetime = exp! - iat!;
    const age = nowMs / 1000 - iat!;
    const isWellFormed =
      typeof aud === 'string' &&
      typeof jti === 'string' &&
      /^[\w-]{1,64}$/.test(jti) &&
      (url === undefined || isArchiveUrl(url)) &&
      Object.keys(claims).every((name) => claimNames.has(name));
    if (!isWellFormed) throw refused('The claims of the token are not those of an archive.');
    if (!(lifetime > 0 && lifetime <= limits.archiveTokenSecondsMax)) {
      throw refused(`A token is good for ${limits.archiveTokenSecondsMax} seconds at most.`);
    }
    if (age < -archiveLimits.tokenToleranceSeconds) throw refused('The token is dated ahead.');
    if (age > this.uptimeMs() / 1000 + 1) throw refused('The token is older than this start of the archive.');
    return { archive: iss!, ...(url === undefined ? {} : { url: url as string }) };
  }
}

function keyOf({ kid, ...others }: JWTHeaderParameters) {
  const names = Object.keys(others).sort().join();
  if (names !== 'alg,typ' || typeof kid !== 'string' || decodePublicKey(kid) === undefined) {
    throw refused('The header of the token has exactly "alg", "typ" and the archive\'s id as "kid".');
  }
  return importJWK({ kty: 'OKP', crv: 'Ed25519', x: kid }, 'Ed25519');
}

const hashOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('base64url');

const refused = (sentence: string): HoldfastError => new HoldfastError('not-authorised', sentence);
