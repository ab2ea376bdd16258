/**
 * The end of the log as it grows: read once for all followers, while there are any. Because a smaller seq never becomes
 * visible after a greater one (record-log.sql.ts), reading on from the last seq misses nothing.
 */
import { archiveLimits } from '../../limits.js';
import type { LogReader } from './log-reader.js';
import { RecentEntries } from './recent-entries.js';

export class LogTail {
  private followers = 0;
  private recentEntries: RecentEntries | undefined;
  private starting: Promise<void> | undefined;
  private reading = false;
  private readAgain = false;
  private waiting = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly reader: LogReader,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  /** Must be matched by a `leave`, also when it throws. */
  async join(): Promise<void> {
    this.followers += 1;
    // A start that saw nobody left has begun nothing, also for whoever comes before it is over.
    while (this.recentEntries === undefined) {
      this.starting ??= this.start().finally(() => (this.starting = undefined));
      await this.starting;
    }
  }

  leave(): void {
    this.followers -= 1;
    if (this.followers > 0) return;
    this.recentEntries = undefined;
    clearInterval(this.timer);
  }

  close(): void {
    clearInterval(this.timer);
    this.reader.close();
  }

  /** Only between `join` and `leave`. */
  get recent(): RecentEntries {
    if (this.recentEntries === undefined) throw new Error('The tail is read only while somebody follows.');
    return this.recentEntries;
  }

  /** The same where there may be nobody, or where the log could not be read yet. */
  get recentlyRead(): RecentEntries | undefined {
    return this.recentEntries;
  }

  /** Resolves when there are entries after `seq`, or when the signal is aborted. */
  async beyond(seq: number, signal: AbortSignal): Promise<void> {
    while (this.recent.last <= seq && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  /** There may be new entries. */
  readonly poke = (): void => {
    if (this.recentEntries === undefined) return;
    this.readAgain = true;
    if (!this.reading) void this.read();
  };

  private async start(): Promise<void> {
    const last = await this.reader.lastSeq();
    if (this.followers === 0) return;
    this.recentEntries = new RecentEntries(last, {
      entries: archiveLimits.recentEntriesMax,
      bytes: archiveLimits.recentBytesMax,
    });
    clearInterval(this.timer);
    // Notifications can be lost with their connection; the table is the truth.
    this.timer = setInterval(this.poke, archiveLimits.tailPollMs);
    this.timer.unref();
    // What was committed while the last seq was on its way here has woken nobody.
    this.poke();
  }

  private async read(): Promise<void> {
    this.reading = true;
    try {
      while (this.readAgain) {
        this.readAgain = false;
        await this.readOnce();
      }
    } catch (error) {
      this.onTrouble(error);
    } finally {
      this.reading = false;
    }
  }

  private async readOnce(): Promise<void> {
    const recent = this.recentEntries;
    if (recent === undefined) return;
    const entries = await this.reader.next(recent.last);
    if (entries.length === 0) return;
    this.readAgain = true;
    const retractions = await this.reader.retractionsOf(entries);
    recent.append(entries);
    recent.retract(retractions);
    for (const wake of [...this.waiting]) wake();
  }
}
