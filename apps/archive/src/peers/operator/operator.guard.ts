/**
 * Lets the operator in, and nobody else: the token is for this very request. Whoever has none costs one check of a
 * signature; what the operator asks is bounded too, so that a loop in a script does not take the archive's time.
 */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';
import type { FastifyRequest } from 'fastify';
import { archiveLimits } from '../../limits.js';
import { OperatorTokens } from '../../platform/archive-identity/operator-tokens.js';

@Injectable()
export class OperatorGuard implements CanActivate {
  private minute = 0;
  private asked = 0;

  constructor(private readonly tokens: OperatorTokens) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { method, url: path = '' } = request.raw;
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    const nowMs = Date.now();
    await this.tokens.check(request.headers.authorization, { method: method ?? '', path, body }, nowMs);
    this.count(Math.floor(nowMs / 60_000));
    return true;
  }

  private count(minute: number): void {
    if (minute !== this.minute) [this.minute, this.asked] = [minute, 0];
    this.asked += 1;
    if (this.asked > archiveLimits.operatorRequestsPerMinuteMax) {
      throw new HoldfastError('overloaded', 'The operator asks too often: try again in a minute.');
    }
  }
}
