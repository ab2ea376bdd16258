/** Gossip between archives (spec/gossip.md): the stores of this one, and the links that run on them. */
import { Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CratesModule } from '../crates/crates.module.js';
import { archiveLimits } from '../limits.js';
import { PeerBook } from '../peers/peer-book.js';
import { PeerLinks } from '../peers/peer-links.js';
import { PeersModule } from '../peers/peers.module.js';
import { SetChecks } from '../peers/operator/set-checks.js';
import { Horizon } from '../platform/archive-identity/horizon.js';
import { Database } from '../platform/database/database.js';
import { ReadingConnections } from '../platform/database/reading-connections.js';
import { LogTail } from '../records/follow/log-tail.js';
import { RecordIngest } from '../records/ingest/record-ingest.js';
import { RecordsModule } from '../records/records.module.js';
import { FingerprintsModule } from './fingerprints/fingerprints.module.js';
import { RecordSets } from './fingerprints/record-sets.js';
import { GossipLinks } from './links/gossip-links.js';
import { GossipRecords } from './records/gossip-records.js';
import { LogSource } from './records/log-source.js';

@Module({
  imports: [CratesModule, FingerprintsModule, PeersModule, RecordsModule],
  providers: [
    GossipLinks,
    {
      provide: LogSource,
      inject: [LogTail, Database],
      useFactory: (tail: LogTail, { pool }: Database) =>
        new LogSource(
          tail,
          new ReadingConnections(pool, archiveLimits.gossipConnectionsMax),
          new ReadingConnections(pool, archiveLimits.gossipBehindConnectionsMax),
        ),
    },
    {
      provide: GossipRecords,
      inject: [LogSource, RecordIngest, RecordSets],
      useFactory: (source: LogSource, ingest: RecordIngest, sets: RecordSets) =>
        new GossipRecords(source, ingest, sets),
    },
  ],
})
export class GossipModule implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly links: GossipLinks,
    private readonly source: LogSource,
    private readonly sets: RecordSets,
    private readonly checks: SetChecks,
    private readonly peerLinks: PeerLinks,
    private readonly book: PeerBook,
    private readonly horizon: Horizon,
  ) {}

  async onModuleInit(): Promise<void> {
    this.horizon.ask(() => this.book.earliestHorizon());
    this.checks.answeredBy(() => this.sets.check());
    this.peerLinks.openWith(this.links);
    // Links tell of it, and are opened without waiting for anything.
    await this.horizon.at(Date.now());
  }

  onApplicationShutdown(): void {
    this.source.close();
  }
}
