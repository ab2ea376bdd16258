/**
 * The archive's records as a link sees them: handed out from the log, taken in by the same path as what clients publish,
 * and compared as sets (spec/gossip.md).
 */
import type {
  AgreedScope,
  FoundRecords,
  News,
  Page,
  ReconcilableSet,
  RecordStore,
  TakenIn,
} from '@holdfast/gossip';
import type { RecordIngest } from '../../records/ingest/record-ingest.js';
import type { LogSource } from './log-source.js';

/** What keeps the fingerprints. */
export interface ComparableSets {
  count(scope: AgreedScope): Promise<number>;
  open(scope: AgreedScope): Promise<ReconcilableSet>;
}

export class GossipRecords implements RecordStore {
  constructor(
    private readonly source: LogSource,
    private readonly ingest: Pick<RecordIngest, 'takeIn'>,
    private readonly sets: ComparableSets,
  ) {}

  count(scope: AgreedScope): Promise<number> {
    return this.sets.count(scope);
  }

  lastSeq(): Promise<number> {
    return this.source.lastSeq();
  }

  newsAfter(after: number, scope: AgreedScope): Promise<News> {
    return this.source.newsAfter(after, scope);
  }

  pageAfter(after: number, scope: AgreedScope): Promise<Page> {
    return this.source.pageAfter(after, scope);
  }

  beyond(seq: number, signal: AbortSignal): Promise<void> {
    return this.source.beyond(seq, signal);
  }

  recordsOf(ids: readonly string[]): Promise<FoundRecords> {
    return this.source.recordsOf(ids);
  }

  missing(ids: readonly string[]): Promise<string[]> {
    return this.source.missing(ids);
  }

  takeIn(records: readonly string[]): Promise<TakenIn[]> {
    return this.ingest.takeIn(records);
  }

  openSet(scope: AgreedScope): Promise<ReconcilableSet> {
    return this.sets.open(scope);
  }
}
