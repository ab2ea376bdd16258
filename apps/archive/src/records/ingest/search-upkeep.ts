/**
 * Moves the words of new records from the index's pending list to their places, beside the commits rather than within
 * one: PostgreSQL leaves that to whichever insert finds the list full, and all that wait for that commit wait with it.
 */
import type { Pool } from 'pg';
import { archiveLimits } from '../../limits.js';

export class SearchUpkeep {
  private records = 0;
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly pool: Pool,
    private readonly onTrouble: (error: unknown) => void,
  ) {}

  /** Records have been committed; after many of them, or some time after the last, their words are moved. */
  appended(count: number): void {
    this.records += count;
    if (this.records >= archiveLimits.searchPendingRecordsMax) this.start();
    else this.timer ??= setTimeout(() => this.start(), archiveLimits.searchPendingMsMax).unref();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private start(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.running !== undefined || this.isClosed) return;
    this.records = 0;
    this.running = this.pool
      .query(`select gin_clean_pending_list('record_by_word')`)
      .then(() => undefined, this.onTrouble)
      .finally(() => (this.running = undefined));
  }
}
