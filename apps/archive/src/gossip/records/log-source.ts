/**
 * The log as other archives read it: what is new from memory, what lies further back from the table, on connections of
 * its own, so that a peer which catches up delays neither clients nor what is new to other peers.
 */
import { gossipLimits, type AgreedScope, type FoundRecords, type News, type Page } from '@holdfast/gossip';
import { HoldfastError, isInScope } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import type { ReadingConnections } from '../../platform/database/reading-connections.js';
import type { LogTail } from '../../records/follow/log-tail.js';
import type { LogEntry, RecentEntries } from '../../records/follow/recent-entries.js';
import { ageSql, heldSql, newsSql, pageSql, recordsSql } from './log-source.sql.js';

export class LogSource {
  /**
   * @param live for what is asked for all the time, and briefly
   * @param behind for those that catch up
   */
  constructor(
    private readonly tail: LogTail,
    private readonly live: ReadingConnections,
    private readonly behind: ReadingConnections,
  ) {}

  /** Keeps what is new in memory until the answer is called. */
  attend(): () => void {
    // While the database is away, the table is not there either; whoever waits for what is new begins again.
    this.tail.join().catch(() => undefined);
    let isHere = true;
    return () => {
      if (isHere) this.tail.leave();
      isHere = false;
    };
  }

  close(): void {
    this.live.close();
    this.behind.close();
  }

  async lastSeq(): Promise<number> {
    const text = 'select coalesce(max(seq), 0) as last from record';
    const [row] = await this.live.query<{ last: string }>({ name: 'gossip-last', text });
    return Number(row!.last);
  }

  async beyond(seq: number, signal: AbortSignal): Promise<void> {
    try {
      await this.tail.join();
      await this.tail.beyond(seq, signal);
    } finally {
      this.tail.leave();
    }
  }

  /** @throws HoldfastError `cursor-invalid`; as queries do */
  async newsAfter(after: number, scope: AgreedScope): Promise<News> {
    const { recentlyRead } = this.tail;
    if (recentlyRead !== undefined && after >= recentlyRead.floor && after <= recentlyRead.last) {
      return this.recentNews(recentlyRead, after, scope);
    }
    const looked = { after, seqs: archiveLimits.followWindowSeqs, scope };
    const [row] = await this.behind.query<NewsRow>(newsSql(looked, gossipLimits.newsIdsMax));
    const { last, ids, up_to: upTo, age } = row!;
    await this.requireSeen(after, Number(last));
    return {
      ids: ids === null ? [] : ids.split(' ').map((id) => Buffer.from(id, 'hex').toString('base64url')),
      upTo: Number(upTo),
      ageSeconds: Number(age ?? 0),
      last: Math.max(Number(last), Number(upTo)),
    };
  }

  /** @throws HoldfastError `cursor-invalid`; as queries do */
  async pageAfter(after: number, scope: AgreedScope): Promise<Page> {
    const { pageBytesMax: bytesMax, pageRecordsMax: recordsMax } = gossipLimits;
    const looked = { after, seqs: archiveLimits.followWindowSeqs, scope };
    const [row] = await this.behind.query<PageRow>(pageSql(looked, { recordsMax, bytesMax }));
    const { last, records, up_to: upTo } = row!;
    await this.requireSeen(after, Number(last));
    return {
      records: records?.split('\n') ?? [],
      upTo: Number(upTo),
      last: Math.max(Number(last), Number(upTo)),
    };
  }

  async recordsOf(ids: readonly string[]): Promise<FoundRecords> {
    const recent: (FoundEntry | undefined)[] = ids.map((id) => this.tail.recentlyRead?.find(id));
    const entries = recent.includes(undefined) ? await this.stored(ids) : recent;
    const records: string[] = [];
    const gone: string[] = [];
    let bytes = 0;
    for (const [index, id] of ids.entries()) {
      const entry = entries[index];
      if (entry?.jws === undefined) {
        if (entry?.isCut !== true) gone.push(id);
        continue;
      }
      bytes += entry.jws.length;
      // What does not fit is asked for again, and what comes behind it with it.
      if (bytes <= gossipLimits.answerBytesMax) records.push(entry.jws);
    }
    return { records, gone };
  }

  async missing(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await this.live.query<{ id: Buffer }>(heldSql(ids.map(toBytes)));
    const held = new Set(rows.map(({ id }) => id.toString('base64url')));
    return ids.filter((id) => !held.has(id));
  }

  private async recentNews(recent: RecentEntries, after: number, scope: AgreedScope): Promise<News> {
    const ids: string[] = [];
    let upTo = recent.last;
    for (const entry of recent.after(after)) {
      if (entry.jws === undefined || !scope.every((each) => isInScope(each, entry))) continue;
      ids.push(entry.id);
      if (ids.length < gossipLimits.newsIdsMax) continue;
      upTo = entry.seq;
      break;
    }
    const { last } = recent;
    return { ids, upTo, last, ageSeconds: upTo === last ? 0 : await this.ageOf(upTo) };
  }

  private async ageOf(seq: number): Promise<number> {
    const [row] = await this.live.query<{ age: string }>(ageSql(seq));
    return Number(row?.age ?? 0);
  }

  /** A cursor beyond everything that was ever handed out comes from before a backup was restored, or from elsewhere. */
  private async requireSeen(after: number, last: number): Promise<void> {
    if (after <= last) return;
    const [row] = await this.live.query<{ last: string }>({
      name: 'gossip-greatest',
      text: 'select last_value as last from record_seq',
    });
    if (after <= Number(row!.last)) return;
    throw new HoldfastError('cursor-invalid', 'The cursor lies beyond the end of the log.');
  }

  private async stored(ids: readonly string[]): Promise<(FoundEntry | undefined)[]> {
    if (ids.length === 0) return [];
    const rows = await this.live.query<RecordRow>(recordsSql(ids.map(toBytes), gossipLimits.answerBytesMax));
    const found = new Map(
      rows.map(({ id, jws, is_gone: isGone }) => [
        id.toString('base64url'),
        { jws: jws ?? undefined, isCut: jws === null && !isGone },
      ]),
    );
    return ids.map((id) => found.get(id));
  }
}

interface NewsRow {
  readonly last: string;
  readonly ids: string | null;
  readonly up_to: string;
  readonly age: string | null;
}

interface PageRow {
  readonly last: string;
  readonly records: string | null;
  readonly up_to: string;
}

interface RecordRow {
  readonly id: Buffer;
  readonly is_gone: boolean;
  readonly jws: string | null;
}

interface FoundEntry extends Pick<LogEntry, 'jws'> {
  /** It is here, and there was no room for it. */
  readonly isCut?: boolean;
}

const toBytes = (id: string): Buffer => Buffer.from(id, 'base64url');
