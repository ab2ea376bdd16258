/** The doors for other archives (spec/custody.md): offers of crates, and how crates have left. */
import { Body, Controller, Header, Headers, HttpCode, Post } from '@nestjs/common';
import { departuresSchema, offersSchema, type DepartureAnswer, type OfferAnswer } from '@holdfast/protocol';
import {
  ArchiveTokens,
  type AskingArchive,
  type TokenDoor,
} from '../../platform/archive-identity/archive-tokens.js';
import { readJson } from '../../platform/http/json-body.js';
import { ErrandMetrics } from '../errand-metrics.js';
import { ErrandService } from '../errand.service.js';
import { OfferService } from './offer.service.js';
import { ToldDepartures } from './told-departures.js';

export const betweenArchivesUrls = ['/v1/crates/offers', '/v1/crates/departures'] as const;

@Controller('v1/crates')
export class BetweenArchivesController {
  constructor(
    private readonly tokens: ArchiveTokens,
    private readonly offerService: OfferService,
    private readonly told: ToldDepartures,
    private readonly errands: ErrandService,
    private readonly metrics: ErrandMetrics,
  ) {}

  @Post('offers')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async offers(
    @Headers('authorization') authorization: string | undefined,
    @Body() body: Uint8Array | undefined,
  ): Promise<{ crates: OfferAnswer[] }> {
    const asking = await this.asking(authorization, '/v1/crates/offers', body);
    const { crates } = readJson(body, offersSchema);
    const answers = await this.offerService.answer(asking, crates, Date.now());
    for (const { status } of answers) this.metrics.countOffer(status);
    return { crates: answers };
  }

  @Post('departures')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async departures(
    @Headers('authorization') authorization: string | undefined,
    @Body() body: Uint8Array | undefined,
  ): Promise<{ crates: DepartureAnswer[] }> {
    const asking = await this.asking(authorization, '/v1/crates/departures', body);
    const { crates } = readJson(body, departuresSchema);
    const answers = await this.told.hear(asking, crates);
    for (const { status } of answers) this.metrics.countDeparture(status);
    return { crates: answers };
  }

  private async asking(
    authorization: string | undefined,
    path: TokenDoor,
    body: Uint8Array = new Uint8Array(),
  ): Promise<AskingArchive> {
    const asking = await this.tokens.check(authorization, { path, body }, Date.now());
    this.errands.heardOf(asking);
    return asking;
  }
}
