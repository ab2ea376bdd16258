/**
 * Tokens by which the operator's own program proves itself to the running archive: a JWT signed with the archive's first
 * key, which only whoever has its database can read. It names method, path and body, and is good for a minute and once.
 */
import { HoldfastError } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import type { ArchiveIdentity } from './archive-identity.js';
import { bearerOf, endOf, hashOf, refused, requireSinceStart, verifyToken } from './signed-token.js';
import { UsedTokens } from './used-tokens.js';

export interface OperatorRequest {
  readonly method: string;
  /** As it was asked for, before anything decodes it. */
  readonly path: string;
  readonly body: Uint8Array;
}

export const operatorTokenType = 'holdfast-operator+jwt';
const claimNames = ['iss', 'aud', 'iat', 'exp', 'jti', 'method', 'path', 'hash'];

export class OperatorTokens {
  private readonly used = new UsedTokens(archiveLimits.usedOperatorTokensMax);

  /** @param uptimeMs how long this process has been running, by a clock that nobody sets */
  constructor(
    private readonly identity: ArchiveIdentity,
    private readonly uptimeMs: () => number = () => performance.now(),
  ) {}

  /** @throws HoldfastError `not-authorised`; `overloaded` when too many tokens have to be remembered */
  async check(authorization: string | undefined, request: OperatorRequest, nowMs: number): Promise<void> {
    const { id } = this.identity;
    const form = { type: operatorTokenType, audience: id, required: claimNames };
    const { key, claims } = await verifyToken(bearerOf(authorization, 'the operator'), form, nowMs);
    if (key !== id || claims.iss !== id)
      throw refused('The token is not signed with the key of this archive.');
    const { method, path, hash } = claims;
    if (method !== request.method || path !== request.path || hash !== hashOf(request.body)) {
      throw refused('The token was made for another request.');
    }
    requireSinceStart(claims, nowMs, this.uptimeMs());
    const use = this.used.use(claims.jti!, endOf(claims), nowMs);
    if (use === 'again') throw refused('The token has been used already.');
    if (use === 'full')
      throw new HoldfastError('overloaded', 'Too much is asked at once: try again in a moment.');
  }
}
