/** Reads the log in its order: whole for the tail, filtered in windows for a follower that is far behind. */
import { systemCollections, type FollowFilter } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { conditionsOf, Parameters } from '../query/record-conditions.js';
import type { ReadingConnections } from '../../platform/database/reading-connections.js';
import type { LogEntry, Retraction } from './recent-entries.js';

export interface FoundEntry {
  readonly seq: number;
  readonly jws: string;
}

export interface LogWindow {
  readonly entries: readonly FoundEntry[];
  /** Everything up to here has been looked at. */
  readonly upTo: number;
}

interface LogRow {
  readonly seq: string;
  readonly id: Buffer;
  readonly author: Buffer;
  readonly collection: string;
  readonly key: string | null;
  readonly topics: string[];
  readonly iat: string;
  readonly exp: string | null;
  readonly head: boolean;
  readonly jws: string | null;
}

export class LogReader {
  constructor(private readonly connections: ReadingConnections) {}

  close(): void {
    this.connections.close();
  }

  /** The newest committed seq; 0 for an empty log. */
  async lastSeq(): Promise<number> {
    const [row] = await this.connections.query<{ seq: string }>({
      text: 'select coalesce(max(seq), 0) as seq from record',
    });
    return Number(row!.seq);
  }

  /** The greatest seq that has been handed out in this database: a cursor beyond it comes from elsewhere. */
  async greatestSeq(): Promise<number> {
    const [row] = await this.connections.query<{ seq: string }>({
      text: 'select last_value as seq from record_seq',
    });
    return Number(row!.seq);
  }

  /** The next entries, tombstones among them. */
  async next(after: number): Promise<LogEntry[]> {
    const rows = await this.connections.query<LogRow>({ text: nextEntries, values: [after, ...bounds] });
    return rows.map(entryOf);
  }

  /** What the retractions among the entries retract. */
  async retractionsOf(entries: readonly LogEntry[]): Promise<Retraction[]> {
    const ids = entries
      .filter(({ collection }) => collection === systemCollections.retractions)
      .map(({ id }) => Buffer.from(id, 'base64url'));
    if (ids.length === 0) return [];
    const rows = await this.connections.query<{ target: Buffer; author: Buffer }>({
      text: 'select target, author from retraction where record = any($1::bytea[])',
      values: [ids],
    });
    return rows.map(({ target, author }) => ({
      target: target.toString('base64url'),
      author: author.toString('base64url'),
    }));
  }

  /**
   * What matches among the entries after `after` and up to `upTo`, or a first part of it.
   * @throws the signal's reason when it was aborted before the log was read
   */
  async window(
    filter: FollowFilter,
    after: number,
    upTo: number,
    now: number,
    signal: AbortSignal,
  ): Promise<LogWindow> {
    const parameters = new Parameters();
    const conditions = conditionsOf(filter, now, parameters);
    if (!filter.history) conditions.push('head');
    const text = `
      select seq, jws from (
        select seq, jws, ${bytesBefore} as bytes_before from (
          select seq, jws from record
          where seq > ${parameters.add(after)}::bigint and seq <= ${parameters.add(upTo)}::bigint
            and ${conditions.join(' and ')}
          order by seq limit ${parameters.add(archiveLimits.followBatchEntriesMax)}::int
        ) found
      ) bounded
      where bytes_before < ${parameters.add(archiveLimits.pageBytesMax)}::bigint
      order by seq`;
    const rows = await this.connections.query<{ seq: string; jws: string }>(
      { text, values: parameters.values },
      signal,
    );
    const entries = rows.map(({ seq, jws }) => ({ seq: Number(seq), jws }));
    const bytes = entries.reduce((sum, { jws }) => sum + jws.length, 0);
    const isPart =
      entries.length === archiveLimits.followBatchEntriesMax || bytes >= archiveLimits.pageBytesMax;
    return { entries, upTo: isPart ? entries.at(-1)!.seq : upTo };
  }
}

const bytesBefore =
  'coalesce(sum(octet_length(jws)) over (order by seq rows between unbounded preceding and 1 preceding), 0)';

const bounds = [archiveLimits.followBatchEntriesMax, archiveLimits.pageBytesMax];

const nextEntries = `
  select * from (
    select *, ${bytesBefore} as bytes_before from (
      select seq, id, author, collection, key, topics, iat, exp, head, jws from record
      where seq > $1::bigint order by seq limit $2::int
    ) found
  ) bounded
  where bytes_before < $3::bigint
  order by seq`;

function entryOf({ seq, id, author, collection, key, topics, iat, exp, head, jws }: LogRow): LogEntry {
  return {
    seq: Number(seq),
    id: id.toString('base64url'),
    author: author.toString('base64url'),
    collection,
    ...(key === null ? {} : { key }),
    topics,
    iat: Number(iat),
    ...(exp === null ? {} : { exp: Number(exp) }),
    head,
    jws: jws ?? undefined,
  };
}
