/** Records: taken in, kept for good, found and followed. */
import {
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { archiveLimits } from '../limits.js';
import { Database } from '../platform/database/database.js';
import { Log } from '../platform/logging/log.js';
import { SpacedWarnings } from '../platform/logging/spaced-warnings.js';
import { ArchiveSettings } from '../platform/settings.js';
import { LogListener } from './follow/log-listener.js';
import { LogReader } from './follow/log-reader.js';
import { LogTail } from './follow/log-tail.js';
import { RecordFollows } from './follow/record-follows.js';
import { InlineVerifier } from './ingest/inline-verifier.js';
import { takePublishBodies } from './ingest/publish-bodies.js';
import { PublishLines } from './ingest/publish-lines.js';
import { RecordIngest } from './ingest/record-ingest.js';
import { RecordLog } from './ingest/record-log.js';
import { RecordVerifier } from './ingest/record-verifier.js';
import { SearchUpkeep } from './ingest/search-upkeep.js';
import { VerifierPool } from './ingest/verifier-pool.js';
import { ReadingConnections } from '../platform/database/reading-connections.js';
import { MailboxCards } from './query/mailbox-cards.js';
import { RecordQueries } from './query/record-queries.js';
import { recordMediaType, RecordController, recordsMediaType } from './record.controller.js';
import { RecordMetrics } from './record-metrics.js';
import { RecordOperations } from './record.operations.js';

/** Threads run what has been built; where sources run directly, as under Jest, records are verified in line. */
const isBuilt = import.meta.url.endsWith('.js');

@Module({
  controllers: [RecordController],
  providers: [
    MailboxCards,
    PublishLines,
    RecordFollows,
    RecordIngest,
    RecordMetrics,
    RecordOperations,
    RecordQueries,
    {
      provide: RecordVerifier,
      inject: [Log, ArchiveSettings],
      useFactory: (log: Log, { scope }: ArchiveSettings) =>
        isBuilt
          ? new VerifierPool((error) => log.error({ error }, 'a verification thread has died'), scope)
          : new InlineVerifier(scope),
    },
    {
      provide: RecordLog,
      inject: [Database],
      useFactory: ({ pipeline }: Database) => new RecordLog(pipeline),
    },
    {
      provide: SearchUpkeep,
      inject: [Database, Log],
      useFactory: ({ pool }: Database, log: Log) =>
        new SearchUpkeep(pool, (error) => log.warn({ error }, 'the upkeep of the search index failed')),
    },
    {
      provide: ReadingConnections,
      inject: [Database],
      useFactory: ({ pool }: Database) => new ReadingConnections(pool, archiveLimits.queryConnectionsMax),
    },
    {
      provide: LogReader,
      inject: [Database],
      useFactory: ({ pool }: Database) =>
        // A follow waits for its turn: it has been let in, and is not refused half-way for want of a place in the line.
        new LogReader(
          new ReadingConnections(pool, archiveLimits.followConnectionsMax, {
            waitingMax: archiveLimits.followsMax,
          }),
        ),
    },
    {
      provide: LogTail,
      inject: [Database, Log],
      useFactory: ({ pool }: Database, log: Log) =>
        new LogTail(new LogReader(new ReadingConnections(pool, 1)), (error) =>
          log.warn({ error }, 'the end of the log could not be read; it is tried again'),
        ),
    },
    {
      provide: LogListener,
      inject: [Database, LogTail, Log],
      useFactory: ({ pool }: Database, tail: LogTail, log: Log) => {
        const warnings = new SpacedWarnings(log, archiveLimits.repeatedWarningEveryMs);
        return new LogListener(pool, tail.poke, (error) =>
          warnings.warn({ error }, 'the connection that listens to commits was lost; it is replaced'),
        );
      },
    },
  ],
  exports: [LogListener, LogTail, MailboxCards, RecordIngest],
})
export class RecordsModule implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly listener: LogListener,
    private readonly tail: LogTail,
    private readonly queries: ReadingConnections,
    private readonly follows: LogReader,
  ) {}

  onModuleInit(): void {
    takePublishBodies(this.host.httpAdapter.getInstance<FastifyInstance>(), '/v1/records', [
      recordsMediaType,
      recordMediaType,
    ]);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.listener.start();
  }

  onApplicationShutdown(): void {
    this.listener.stop();
    this.tail.close();
    this.queries.close();
    this.follows.close();
  }
}
