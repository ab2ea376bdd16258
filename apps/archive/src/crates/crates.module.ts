/** Crates: taken in, kept, and let go on a proof. Other features learn of both through CrateEvents. */
import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { limits } from '@holdfast/protocol';
import type { FastifyInstance } from 'fastify';
import { CrateController } from './crate.controller.js';
import { CrateEvents } from './crate-events.js';
import { CrateMetrics } from './crate-metrics.js';
import { CrateOperations } from './crate.operations.js';
import { CrateRepository } from './crate.repository.js';
import { CrateSpace } from './crate-space.js';
import { CustodyReceipts } from './custody-receipts.js';
import { DepartureService } from './departure.service.js';
import { DeparturesLog } from './departures-log/departures-log.js';
import { DepositCommits } from './deposit-commits.js';
import { DepositRoom } from './deposit-room.js';
import { DepositService } from './deposit.service.js';
import { EarlyNews } from './early-news.js';
import { ExpiryService } from './expiry.service.js';
import { archiveLimits } from '../limits.js';
import { Database } from '../platform/database/database.js';
import { Log } from '../platform/logging/log.js';
import { takeBodies } from '../platform/http/request-bodies.js';
import { ReadingConnections } from '../platform/database/reading-connections.js';
import { CollectedMailboxes } from './quotas/collected-mailboxes.js';
import { DepositorQuota } from './quotas/depositor-quota.js';
import { RoomAgain } from './quotas/room-again.js';
import { HolderRepository } from './holders/holder.repository.js';
import { HolderService } from './holders/holder.service.js';
import { ReceiptsController } from './receipts-log/receipts.controller.js';
import { ReceiptsLog } from './receipts-log/receipts-log.js';
import { StatusService } from './status.service.js';

@Module({
  controllers: [CrateController, ReceiptsController],
  providers: [
    CrateEvents,
    CrateMetrics,
    CrateOperations,
    CrateRepository,
    CrateSpace,
    CustodyReceipts,
    DepartureService,
    DeparturesLog,
    DepositCommits,
    DepositRoom,
    DepositService,
    DepositorQuota,
    EarlyNews,
    ExpiryService,
    HolderRepository,
    HolderService,
    RoomAgain,
    StatusService,
    {
      provide: CollectedMailboxes,
      inject: [Database, Log],
      useFactory: (database: Database, log: Log) => new CollectedMailboxes(database, log),
    },
    {
      provide: ReadingConnections,
      inject: [Database],
      useFactory: ({ pool }: Database) => new ReadingConnections(pool, archiveLimits.statusConnectionsMax),
    },
    {
      provide: ReceiptsLog,
      inject: [Database],
      useFactory: ({ pool }: Database) =>
        new ReceiptsLog(new ReadingConnections(pool, archiveLimits.receiptsConnectionsMax)),
    },
  ],
  exports: [CollectedMailboxes, CrateEvents, DepartureService, DeparturesLog, EarlyNews, HolderService],
})
export class CratesModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly readers: ReadingConnections,
    private readonly receipts: ReceiptsLog,
  ) {}

  onApplicationShutdown(): void {
    this.readers.close();
    this.receipts.close();
  }

  onModuleInit(): void {
    takeBodies(this.host.httpAdapter.getInstance<FastifyInstance>(), {
      url: '/v1/crates',
      mediaTypes: ['application/octet-stream'],
      bytesMax: limits.crateSizesBytes.at(-1)!,
    });
  }
}
