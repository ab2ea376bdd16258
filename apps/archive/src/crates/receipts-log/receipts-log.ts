/**
 * The receipts log (spec/custody.md): by the hour, the crates that have left on a proof, with the proof. Senders
 * download hours and shards of it and look for their crates themselves, so that nobody learns which crates are theirs.
 * Many poll it, and all get one answer: it is shared for a moment, and what is kept for that is bounded.
 */
import {
  encodeBase64url,
  limits,
  type Released,
  type ReleasedEntry,
  type ReceiptsQuery,
} from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import type { ReadingConnections } from '../../platform/database/reading-connections.js';
import { hourOf } from '../crate.js';
import { nextHourSql, releasedSql } from './receipts-log.sql.js';
import { shardRange } from './shard-range.js';

interface Shared {
  readonly at: number;
  readonly answer: Promise<Released>;
  /** What it holds, once it has come. */
  entries: number;
}

export class ReceiptsLog {
  /** The answers of the last moments, the oldest first. */
  private readonly shared = new Map<string, Shared>();
  private sharedEntries = 0;

  constructor(private readonly readers: ReadingConnections) {}

  /** @throws HoldfastError `overloaded`, `query-timeout`, `unavailable` */
  read({ epoch, shard }: ReceiptsQuery, nowMs: number): Promise<Released> {
    const now = hourOf(nowMs);
    const asked = epoch ?? now;
    this.forget(nowMs);
    const key = `${asked}/${shard}`;
    const known = this.shared.get(key);
    if (known !== undefined) return known.answer;
    const share: Shared = { at: nowMs, answer: this.ask(asked, shard, now), entries: 1 };
    this.shared.set(key, share);
    this.sharedEntries += share.entries;
    share.answer.then(
      ({ entries }) => {
        if (this.shared.get(key) !== share) return;
        share.entries += entries.length;
        this.sharedEntries += entries.length;
      },
      () => this.drop(key, share),
    );
    return share.answer;
  }

  close(): void {
    this.readers.close();
  }

  private forget(nowMs: number): void {
    const { receiptsSharedMs, receiptsSharedEntriesMax } = archiveLimits;
    for (const [key, share] of this.shared) {
      const isFresh = Math.abs(nowMs - share.at) < receiptsSharedMs && hourOf(nowMs) === hourOf(share.at);
      if (isFresh && this.sharedEntries < receiptsSharedEntriesMax) break;
      this.drop(key, share);
    }
  }

  private drop(key: string, share: Shared): void {
    if (this.shared.get(key) !== share) return;
    this.shared.delete(key);
    this.sharedEntries -= share.entries;
  }

  private async ask(epoch: number, shard: string, now: number): Promise<Released> {
    const { from, before } = shardRange(shard);
    const [rows, next] = await Promise.all([
      this.released(epoch, from, before),
      this.nextHour(epoch, now, from, before),
    ]);
    const entries = rows.slice(0, limits.releasedEntriesMax).map(toEntry);
    const more = rows.length > entries.length;
    return { epoch, shard, entries, more, ...(next === null ? {} : { next }), now };
  }

  /** One more than an answer holds tells whether there are more. */
  private async released(epoch: number, from: Buffer, before: Buffer): Promise<ReleasedRow[]> {
    if (epoch > hourMax) return [];
    const values = [epoch, from, before, limits.releasedEntriesMax + 1];
    return this.readers.query<ReleasedRow>({ ...releasedSql, values });
  }

  /** Nothing stands in the log for longer than a crate and its tombstone may last. */
  private async nextHour(epoch: number, now: number, from: Buffer, before: Buffer): Promise<number | null> {
    const first = Math.max(epoch + 1, now - archiveLimits.receiptsHoursMax);
    if (first > now) return null;
    const values = [first, now, from, before];
    const [row] = await this.readers.query<{ hour: number | null }>({ ...nextHourSql, values });
    return row!.hour;
  }
}

interface ReleasedRow {
  readonly id: Buffer;
  readonly state: ReleasedEntry['status'];
  readonly proof: Buffer;
}

/** Of the column. */
const hourMax = 2 ** 31 - 1;

const toEntry = ({ id, state, proof }: ReleasedRow): ReleasedEntry => ({
  crate: encodeBase64url(id),
  status: state,
  proof: encodeBase64url(proof),
});
