/** The HTTP doors of crates (spec/doors.md): `POST /v1/crates`, and `GET /v1/crates/{id}` for the status. */
import { Body, Controller, Get, Header, Headers, Param, Post, Req, Res } from '@nestjs/common';
import { decodeBase64urlOf, HoldfastError, type CrateStatus, type DepositAnswer } from '@holdfast/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ArchiveTokens } from '../platform/archive-identity/archive-tokens.js';
import { ClientNetworks } from '../platform/http/client-networks.js';
import { DepositService } from './deposit.service.js';
import type { Depositor } from './quotas/depositor-quota.js';
import { StatusService } from './status.service.js';

@Controller('v1/crates')
export class CrateController {
  constructor(
    private readonly deposits: DepositService,
    private readonly statuses: StatusService,
    private readonly networks: ClientNetworks,
    private readonly tokens: ArchiveTokens,
  ) {}

  /** 201 when the crate was taken in, 200 when it was held already. */
  @Post()
  async deposit(
    @Body() envelope: Uint8Array | undefined,
    @Headers('authorization') authorization: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DepositAnswer> {
    const bytes = envelope ?? new Uint8Array();
    const depositor = await this.depositorOf(request, authorization, bytes);
    const { crate, status, created, custody } = await this.deposits.deposit(bytes, depositor);
    reply.status(created ? 201 : 200);
    return { crate, status, custody };
  }

  /** An archive that proves its id brings the crates of many, and has a quota of its own. */
  private async depositorOf(
    request: FastifyRequest,
    authorization: string | undefined,
    body: Uint8Array,
  ): Promise<Depositor> {
    const network = this.networks.of(request.raw);
    if (authorization === undefined) return { kind: 'network', id: network };
    const { archive } = await this.tokens.check(authorization, { path: '/v1/crates', body }, Date.now());
    return { kind: 'archive', id: archive, network };
  }

  @Get(':id')
  @Header('cache-control', 'no-store')
  async status(@Param('id') id: string): Promise<CrateStatus> {
    if (decodeBase64urlOf(id, 32) === undefined) {
      throw new HoldfastError('request-malformed', 'A crate id is 32 bytes in base64url, 43 characters.');
    }
    const [status] = await this.statuses.statuses([id]);
    if (status!.status === 'unknown') {
      throw new HoldfastError('crate-not-found', 'No such crate is held here.');
    }
    return status!;
  }
}
