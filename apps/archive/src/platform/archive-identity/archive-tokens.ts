/**
 * Tokens by which archives prove to each other who asks (spec/custody.md, "Between archives"): a JWT of the asking
 * archive, good for one other archive, for a minute and for one request, whose door and body it names: an introduction
 * is not signed, so whoever introduces itself as another gets tokens for that one, and can make no other use of them.
 * Whoever makes one dates it by the clock of whoever will read it, so clocks that are hours apart do not matter. A token
 * from before this start is refused, because nothing would know whether it has been used.
 */
import { randomBytes } from 'node:crypto';
import { decodePublicKey, HoldfastError, isArchiveUrl, limits } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import type { ArchiveIdentity } from './archive-identity.js';
import type { KnownKeys } from './known-keys.js';
import {
  bearerOf,
  endOf,
  hashOf,
  refused,
  requireSinceStart,
  verifyToken,
  type SignedToken,
} from './signed-token.js';
import { UsedTokens } from './used-tokens.js';

/** Who asks, as far as the token proves it: `archive` is proven, `url` is what that archive says of itself. */
export interface AskingArchive {
  readonly archive: string;
  readonly url?: string;
}

/** The doors that take tokens, without what an archive's public URL may have before them. */
export type TokenDoor = '/v1/crates' | '/v1/crates/offers' | '/v1/crates/departures' | '/v1/peers';

/** What a token is good for. `body`: as it is sent, before anything reads it. */
export interface SignedRequest {
  readonly path: TokenDoor;
  readonly body: Uint8Array;
}

/** What an archive shows to prove itself to whoever dialed it. */
export interface ProofOfArchive {
  readonly token: string;
  /** Of its later keys. */
  readonly endorsements?: readonly string[] | undefined;
}

const tokenType = 'holdfast-archive+jwt';

export interface ArchiveTokensInit {
  /** Whether a key is one of an archive's, where it is not its first. Without it, no other is taken. */
  readonly keys?: Pick<KnownKeys, 'belongs'>;
  /** How long this process has been running, by a clock that nobody sets. */
  readonly uptimeMs?: () => number;
}

export class ArchiveTokens {
  private readonly used = new UsedTokens(archiveLimits.usedTokensMax);

  constructor(
    private readonly identity: ArchiveIdentity,
    private readonly init: ArchiveTokensInit = {},
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
   * @param shown endorsements of the archive's later keys that came with it
   * @throws HoldfastError `not-authorised`; `overloaded` when too many tokens have to be remembered
   */
  async check(
    authorization: string | undefined,
    request: SignedRequest,
    nowMs: number,
    shown: readonly string[] = [],
  ): Promise<AskingArchive> {
    const token = await this.verify(bearerOf(authorization, 'an archive'), request, nowMs);
    const { claims } = token;
    const uptimeMs = this.init.uptimeMs ?? (() => performance.now());
    requireSinceStart(claims, nowMs, uptimeMs());
    const asking = await this.askingBy(token, shown);
    const use = this.used.use(`${asking.archive} ${claims.jti}`, endOf(claims), nowMs);
    if (use === 'again') throw refused('The token has been used already.');
    if (use === 'full')
      throw new HoldfastError('overloaded', 'Too many archives ask at once: try again in a moment.');
    return asking;
  }

  /**
   * The answer to a token of ours, by which the other side proves itself. It is good for that token alone, which was
   * good once, so it need not be remembered.
   * @param nowMs the time by the other's clock
   * @throws HoldfastError `not-authorised`
   */
  async checkAnswer(
    { token, endorsements = [] }: ProofOfArchive,
    ownToken: string,
    nowMs: number,
  ): Promise<AskingArchive> {
    if (token.length > archiveLimits.tokenLengthMax) throw refused('The token is too long.');
    const request: SignedRequest = { path: '/v1/peers', body: Buffer.from(ownToken) };
    return this.askingBy(await this.verify(token, request, nowMs), endorsements);
  }

  private async verify(token: string, request: SignedRequest, nowMs: number): Promise<SignedToken> {
    const form = {
      type: tokenType,
      audience: this.identity.id,
      required: ['iss', 'aud', 'iat', 'exp', 'jti', 'path', 'hash'],
      optional: ['url'],
    };
    const signed = await verifyToken(token, form, nowMs);
    const { path, hash, url } = signed.claims;
    if (url !== undefined && !isArchiveUrl(url)) throw refused('"url" is not the address of an archive.');
    if (path !== request.path || hash !== hashOf(request.body)) {
      throw refused('The token was made for another request.');
    }
    return signed;
  }

  private async askingBy({ key, claims }: SignedToken, shown: readonly string[]): Promise<AskingArchive> {
    const archive = claims.iss!;
    if (decodePublicKey(archive) === undefined) throw refused('"iss" is not the id of an archive.');
    const asking = { archive, ...(claims['url'] === undefined ? {} : { url: claims['url'] as string }) };
    const isItsKey =
      key === archive || (await this.init.keys?.belongs(archive, key, asking.url, shown)) === true;
    if (!isItsKey) throw refused('"kid" is no key of the archive that "iss" names.');
    return asking;
  }
}
