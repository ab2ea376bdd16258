/**
 * Hears of commits by LISTEN, on a connection that it keeps and replaces when it is lost. A notification only wakes:
 * what is new is read from the table, also after every reconnect, so that a lost one loses nothing.
 */
import type { Pool } from 'pg';
import { archiveLimits } from '../../limits.js';
import { channel } from '../ingest/record-log.sql.js';
import { LeasedConnection } from '../../platform/database/leased-connection.js';

export class LogListener {
  private lease: LeasedConnection | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;
  private readonly listeners: (() => void)[];

  /** @param onNews there may be new entries */
  constructor(
    private readonly pool: Pool,
    onNews: () => void,
    private readonly onTrouble: (error: unknown) => void,
  ) {
    this.listeners = [onNews];
  }

  /** Tells one more, too. */
  tellAlso(onNews: () => void): void {
    this.listeners.push(onNews);
  }

  async start(): Promise<void> {
    try {
      const lease = await LeasedConnection.take(this.pool, `listen ${channel}`);
      if (this.isStopped) {
        lease.giveUp();
        return;
      }
      this.lease = lease;
      lease.client.on('notification', () => this.tell());
      lease.client.once('error', (error) => this.restart(error));
      this.tell();
    } catch (error) {
      this.restart(error);
    }
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.lease?.giveUp();
  }

  private tell(): void {
    for (const onNews of this.listeners) onNews();
  }

  private restart(error: unknown): void {
    if (this.isStopped) return;
    this.onTrouble(error);
    this.timer = setTimeout(() => void this.start(), archiveLimits.listenRetryMs);
  }
}
