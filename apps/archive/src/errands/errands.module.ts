/** What archives do for crates at each other: bringing them, telling how they left, and answering to both. */
import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { limits } from '@holdfast/protocol';
import type { FastifyInstance } from 'fastify';
import { CratesModule } from '../crates/crates.module.js';
import { ArchiveTokens } from '../platform/archive-identity/archive-tokens.js';
import { ArchiveAddress } from '../platform/http/archive-address.js';
import { takeBodies } from '../platform/http/request-bodies.js';
import { ArchiveSettings } from '../platform/settings.js';
import { ErrandMetrics } from './errand-metrics.js';
import { ErrandRepository } from './errand.repository.js';
import { ErrandService } from './errand.service.js';
import { BetweenArchivesController, betweenArchivesUrls } from './incoming/between-archives.controller.js';
import { OfferRepository } from './incoming/offer.repository.js';
import { OfferRoom } from './incoming/offer-room.js';
import { OfferService } from './incoming/offer.service.js';
import { OfferedCrates } from './incoming/offered-crates.js';
import { ToldDepartures } from './incoming/told-departures.js';
import { Introductions } from '../platform/outgoing/introductions.js';
import { OtherArchives } from './outgoing/other-archives.js';
import { PeerAddresses } from '../platform/outgoing/peer-addresses.js';
import { PeerRequests } from '../platform/outgoing/peer-requests.js';

@Module({
  imports: [CratesModule],
  controllers: [BetweenArchivesController],
  providers: [
    ErrandMetrics,
    ErrandRepository,
    ErrandService,
    OfferRepository,
    OfferRoom,
    OfferService,
    OfferedCrates,
    ToldDepartures,
    {
      provide: PeerRequests,
      inject: [ArchiveSettings, ArchiveAddress],
      useFactory: ({ privatePeers }: ArchiveSettings, address: ArchiveAddress) =>
        new PeerRequests(new PeerAddresses(() => privatePeers ?? address.isPrivate)),
    },
    {
      provide: Introductions,
      inject: [PeerRequests],
      useFactory: (requests: PeerRequests) => new Introductions(requests),
    },
    {
      provide: OtherArchives,
      inject: [PeerRequests, Introductions, ArchiveTokens, ArchiveAddress],
      useFactory: (
        requests: PeerRequests,
        introductions: Introductions,
        tokens: ArchiveTokens,
        address: ArchiveAddress,
      ) => new OtherArchives(requests, introductions, tokens, () => address.url),
    },
  ],
})
export class ErrandsModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    takeBodies(this.host.httpAdapter.getInstance<FastifyInstance>(), {
      url: betweenArchivesUrls,
      mediaTypes: ['application/json'],
      bytesMax: limits.archiveRequestBytesMax,
    });
  }
}
