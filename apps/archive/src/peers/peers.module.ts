/** Other archives: who they are, and the links with them. What they say on a link is the business of gossip. */
import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { archiveLimits } from '../limits.js';
import { KnownKeys } from '../platform/archive-identity/known-keys.js';
import { takeBodies } from '../platform/http/request-bodies.js';
import { OperatorController, operatorUrls } from './operator/operator.controller.js';
import { OperatorGuard } from './operator/operator.guard.js';
import { PeerReports } from './operator/peer-reports.js';
import { SetChecks } from './operator/set-checks.js';
import { PeerBook } from './peer-book.js';
import { PeerController } from './peer.controller.js';
import { PeerDialer } from './peer-dialer.js';
import { PeerDialing } from './peer-dialing.js';
import { PeerDoor } from './peer-door.js';
import { PeerLinks } from './peer-links.js';
import { PeerMetrics } from './peer-metrics.js';
import { PeerRepository } from './peer.repository.js';

@Module({
  controllers: [OperatorController, PeerController],
  providers: [
    OperatorGuard,
    PeerBook,
    PeerDialer,
    PeerDialing,
    PeerDoor,
    PeerLinks,
    PeerMetrics,
    PeerReports,
    PeerRepository,
    SetChecks,
  ],
  exports: [PeerBook, PeerLinks, SetChecks],
})
export class PeersModule implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly keys: KnownKeys,
    private readonly book: PeerBook,
  ) {}

  onModuleInit(): void {
    this.keys.keptBy(this.book);
    takeBodies(this.host.httpAdapter.getInstance<FastifyInstance>(), {
      url: operatorUrls,
      mediaTypes: ['application/json'],
      bytesMax: archiveLimits.operatorBodyBytesMax,
    });
  }
}
