/** The operator's door, `/v1/admin/…`: the peers, the set and the keys of this archive (spec/peers.md, "The operator"). */
import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { HoldfastError, isArchiveUrl } from '@holdfast/protocol';
import * as z from 'zod/mini';
import { ArchiveIdentity } from '../../platform/archive-identity/archive-identity.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import { readJson } from '../../platform/http/json-body.js';
import type { ComparedSets } from '../link-opener.js';
import { PeerBook } from '../peer-book.js';
import { PeerDialer } from '../peer-dialer.js';
import { PeerLinks } from '../peer-links.js';
import { OperatorGuard } from './operator.guard.js';
import { PeerReports, type PeerReport } from './peer-reports.js';
import { SetChecks, type SetCheckAnswer } from './set-checks.js';

export const operatorUrls = ['/v1/admin/peers', '/v1/admin/peers/:id'] as const;

const addSchema = z.strictObject({
  url: z.string().check(z.refine(isArchiveUrl, { error: 'is not the http or https URL of an archive' })),
  id: z.optional(z.string()),
});
const stateSchema = z.strictObject({ state: z.enum(['trusted', 'blocked']) });

@Controller('v1/admin')
@UseGuards(OperatorGuard)
export class OperatorController {
  constructor(
    private readonly book: PeerBook,
    private readonly dialer: PeerDialer,
    private readonly links: PeerLinks,
    private readonly reports: PeerReports,
    private readonly sets: SetChecks,
    private readonly identity: ArchiveIdentity,
    private readonly prisma: PrismaService,
  ) {}

  @Get('peers')
  @Header('cache-control', 'no-store')
  async list(): Promise<{ archive: string; peers: PeerReport[] }> {
    return { archive: this.identity.id, peers: await this.reports.list() };
  }

  /** Whoever answers at the URL is trusted, and dialed; where an id was given, only the archive of that id. */
  @Post('peers')
  @HttpCode(200)
  async add(@Body() body: Uint8Array | undefined): Promise<PeerReport> {
    const named = readJson(body, addSchema);
    const url = named.url.replace(/\/+$/, '');
    const { id } = await this.dialer.meet(url);
    if (named.id !== undefined && named.id !== id) {
      throw new HoldfastError('archive-foreign', `Another archive answers at this address: ${id}.`);
    }
    await this.book.add(id, url);
    return this.reports.of(id);
  }

  @Post('peers/:id')
  @HttpCode(200)
  async setState(@Param('id') id: string, @Body() body: Uint8Array | undefined): Promise<PeerReport> {
    const { state } = readJson(body, stateSchema);
    await (state === 'trusted' ? this.book.approve(id) : this.book.block(id));
    return this.reports.of(id);
  }

  @Delete('peers/:id')
  async remove(@Param('id') id: string): Promise<{ removed: string }> {
    await this.book.remove(id);
    return { removed: id };
  }

  /** Over the link that is open, without taking anything in. */
  @Post('peers/:id/compare')
  @HttpCode(200)
  async compare(@Param('id') id: string): Promise<ComparedSets> {
    await this.reports.of(id);
    const link = this.links.get(id);
    if (link === undefined) throw new HoldfastError('unavailable', 'There is no link with this peer now.');
    return link.session.compareNow();
  }

  @Post('set/check')
  @HttpCode(200)
  check(): Promise<SetCheckAnswer> {
    return this.sets.run();
  }

  @Post('keys/rotate')
  @HttpCode(200)
  async rotate(): Promise<{ archive: string; key: string; keys: readonly string[] }> {
    const key = await this.identity.rotate(this.prisma, Date.now());
    return { archive: this.identity.id, key, keys: this.identity.keys };
  }
}
