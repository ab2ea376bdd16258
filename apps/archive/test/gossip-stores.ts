/** The records of an archive as links see them, wired as the modules do, on a database that is empty then. */
import type { Scope } from '@holdfast/protocol';
import { RecordSets } from '../src/gossip/fingerprints/record-sets.js';
import { SetKeeper } from '../src/gossip/fingerprints/set-keeper.js';
import { GossipRecords } from '../src/gossip/records/gossip-records.js';
import { LogSource } from '../src/gossip/records/log-source.js';
import type { Database } from '../src/platform/database/database.js';
import { ReadingConnections } from '../src/platform/database/reading-connections.js';
import { Metrics } from '../src/platform/metrics/metrics.js';
import { LogListener } from '../src/records/follow/log-listener.js';
import { LogReader } from '../src/records/follow/log-reader.js';
import { LogTail } from '../src/records/follow/log-tail.js';
import type { RecordFollows } from '../src/records/follow/record-follows.js';
import { InlineVerifier } from '../src/records/ingest/inline-verifier.js';
import { RecordIngest } from '../src/records/ingest/record-ingest.js';
import { RecordLog } from '../src/records/ingest/record-log.js';
import { SearchUpkeep } from '../src/records/ingest/search-upkeep.js';
import { RecordMetrics } from '../src/records/record-metrics.js';

export interface GossipStores {
  readonly ingest: RecordIngest;
  readonly source: LogSource;
  readonly records: GossipRecords;
  close(): Promise<void>;
}

export async function openGossipStores(database: Database, scope: Scope = {}): Promise<GossipStores> {
  const { pool, pipeline } = database;
  await database.query(
    `truncate record, retraction, record_block; update record_set set up_to = 0, version = version + 1; alter sequence record_seq restart`,
  );
  const upkeep = new SearchUpkeep(pool, () => undefined);
  const metrics = new RecordMetrics(new Metrics({ metricsPort: undefined, host: '127.0.0.1' }), {
    count: 0,
  } as RecordFollows);
  const ingest = new RecordIngest(new InlineVerifier(scope), new RecordLog(pipeline), upkeep, metrics);
  const tail = new LogTail(new LogReader(new ReadingConnections(pool, 1)), () => undefined);
  const listener = new LogListener(pool, tail.poke, () => undefined);
  await listener.start();
  const source = new LogSource(tail, new ReadingConnections(pool, 2), new ReadingConnections(pool, 1));
  const sets = new RecordSets(new SetKeeper(database), database);
  return {
    ingest,
    source,
    records: new GossipRecords(source, ingest, sets),
    close: async () => {
      sets.close();
      listener.stop();
      tail.close();
      source.close();
      await ingest.onApplicationShutdown();
    },
  };
}
