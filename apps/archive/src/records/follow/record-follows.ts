/**
 * Follows: every matching record in the order of the log, from a cursor on, without gaps or repeats. A follower is a
 * position and nothing more: far behind it reads windows of the log, near the end it shares the tail, and it goes on
 * only when the other side has read what it was sent. Those that are behind take turns, a window each. spec/doors.md,
 * "Following".
 */
import { Injectable } from '@nestjs/common';
import { HoldfastError, matchesFilter, valueOf, type FollowFilter } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { ArchiveIdentity } from '../../platform/archive-identity/archive-identity.js';
import { FollowCursors } from './follow-cursor.js';
import { LogReader, type FoundEntry, type LogWindow } from './log-reader.js';
import { LogTail } from './log-tail.js';

export interface FollowedEntry {
  readonly cursor: string;
  readonly record: string;
}

/** Where a follow goes to. */
export interface FollowSink {
  entries(entries: FollowedEntry[]): void;
  caughtUp(cursor: string): void;
  /** Resolves once little is waiting to be read by the other side and it is this follow's turn. */
  drained(): Promise<void>;
}

@Injectable()
export class RecordFollows {
  private readonly cursors: FollowCursors;
  private open = 0;

  constructor(
    private readonly tail: LogTail,
    private readonly reader: LogReader,
    identity: ArchiveIdentity,
  ) {
    this.cursors = new FollowCursors(identity.id);
  }

  /** How many there are now, over all connections. */
  get count(): number {
    return this.open;
  }

  /**
   * Resolves when the signal is aborted.
   * @throws HoldfastError `cursor-invalid`, `overloaded`; the database's error when it is gone while catching up
   */
  async follow(
    filter: FollowFilter,
    cursor: string | undefined,
    sink: FollowSink,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.open >= archiveLimits.followsMax) {
      throw new HoldfastError('overloaded', 'Too many follows are open: try again in a moment.');
    }
    this.open += 1;
    try {
      await this.tail.join();
      await this.send(filter, await this.startOf(filter, cursor), sink, signal);
    } catch (error) {
      // Of what has been ended, nobody waits for an error.
      if (!signal.aborted) throw error;
    } finally {
      this.open -= 1;
      this.tail.leave();
    }
  }

  private async startOf(filter: FollowFilter, cursor: string | undefined): Promise<number> {
    if (cursor === undefined) return filter.since === undefined ? this.tail.recent.last : 0;
    const seq = valueOf(this.cursors.decode(cursor));
    if (seq > this.tail.recent.last && seq > (await this.reader.greatestSeq())) {
      throw new HoldfastError(
        'cursor-invalid',
        'The cursor lies beyond the end of the log: was it restored from a backup?',
      );
    }
    return seq;
  }

  private async send(
    filter: FollowFilter,
    start: number,
    sink: FollowSink,
    signal: AbortSignal,
  ): Promise<void> {
    let position = start;
    let said = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      await sink.drained();
      if (signal.aborted) return;
      const { entries, upTo } = await this.nextWindow(filter, position, signal);
      if (signal.aborted) return;
      position = upTo;
      if (entries.length > 0) {
        sink.entries(entries.map(({ seq, jws }) => ({ cursor: this.cursors.encode(seq), record: jws })));
        said = Number.NEGATIVE_INFINITY;
      }
      if (position < this.tail.recent.last) continue;
      // A follower that nothing matches is told now and then how far it is, so that it need not begin far back.
      if (position - said >= archiveLimits.caughtUpEverySeqs) {
        sink.caughtUp(this.cursors.encode(position));
        said = position;
      }
      await this.tail.beyond(position, signal);
    }
  }

  private nextWindow(
    filter: FollowFilter,
    after: number,
    signal: AbortSignal,
  ): LogWindow | Promise<LogWindow> {
    const { recent } = this.tail;
    if (after >= recent.floor) return this.tailWindow(filter, after);
    const upTo = Math.min(after + archiveLimits.followWindowSeqs, recent.last);
    return this.reader.window(filter, after, upTo, now(), signal);
  }

  private tailWindow(filter: FollowFilter, after: number): LogWindow {
    const entries: FoundEntry[] = [];
    const time = now();
    let upTo = after;
    let bytes = 0;
    for (const entry of this.tail.recent.after(after)) {
      if (entries.length === archiveLimits.followBatchEntriesMax || bytes >= archiveLimits.pageBytesMax)
        break;
      upTo = entry.seq;
      const { seq, jws, head, exp } = entry;
      const isShown =
        jws !== undefined && (filter.history === true || head) && (exp === undefined || exp > time);
      if (!isShown || !matchesFilter(filter, entry)) continue;
      entries.push({ seq, jws });
      bytes += jws.length;
    }
    return { entries, upTo };
  }
}

const now = (): number => Math.floor(Date.now() / 1000);
