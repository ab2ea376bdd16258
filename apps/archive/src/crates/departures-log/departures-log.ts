/**
 * How crates have left on a proof, in an order that other archives can follow (spec/gossip.md). A departure gets its
 * number after its commit, by whoever holds a lock, so that a smaller number never becomes visible after a greater one
 * and a cursor skips none; and only while somebody follows, because each costs a write. Tombstones that are removed
 * vanish from the log too.
 */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { encodeBase64url, HoldfastError } from '@holdfast/protocol';
import type { PoolClient } from 'pg';
import { archiveLimits } from '../../limits.js';
import { Database } from '../../platform/database/database.js';
import { Log } from '../../platform/logging/log.js';
import { SpacedWarnings } from '../../platform/logging/spaced-warnings.js';
import { CrateEvents } from '../crate-events.js';
import { afterSql, lastSql, lockSql, numberSql } from './departures-log.sql.js';

export interface DepartedCrates {
  readonly crates: readonly string[];
  /** All departures up to here have been told. */
  readonly upTo: number;
}

@Injectable()
export class DeparturesLog implements OnApplicationShutdown {
  private followers = 0;
  private lastKnown = 0;
  private timer: NodeJS.Timeout | undefined;
  private numbering: Promise<void> | undefined;
  private isDue = false;
  private readonly waiting = new Set<() => void>();
  private readonly warnings: SpacedWarnings;

  constructor(
    private readonly database: Database,
    events: CrateEvents,
    log: Log,
  ) {
    this.warnings = new SpacedWarnings(log, archiveLimits.repeatedWarningEveryMs);
    events.onDeparture(() => this.number());
  }

  onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.followers = 0;
    return this.numbering ?? Promise.resolve();
  }

  /** Departures are numbered until the answer is called. */
  attend(): () => void {
    this.followers += 1;
    if (this.followers === 1) {
      // Also what has left through another process, and what nobody followed.
      this.timer = setInterval(() => this.number(), archiveLimits.departuresSweepMs);
      this.timer.unref();
      this.number();
    }
    let isHere = true;
    return () => {
      if (!isHere) return;
      isHere = false;
      this.followers -= 1;
      if (this.followers === 0) clearInterval(this.timer);
    };
  }

  /** The last number that was given and can be seen, also of a tombstone that is gone since; 0 when there is none. */
  last(): Promise<number> {
    return this.locked(() => Promise.resolve());
  }

  /**
   * In their order.
   * @throws HoldfastError `cursor-invalid` for a number that was never given
   */
  async after(cursor: number, cratesMax: number): Promise<DepartedCrates> {
    const last = cursor < this.lastKnown ? this.lastKnown : await this.last();
    if (cursor > last) {
      throw new HoldfastError('cursor-invalid', 'The cursor lies beyond the end of the log of departures.');
    }
    const { rows } = await this.database.query<{ id: Buffer; seq: string }>({
      ...afterSql,
      values: [cursor, last, cratesMax],
    });
    return {
      crates: rows.map(({ id }) => encodeBase64url(id)),
      upTo: rows.length === cratesMax ? Number(rows.at(-1)!.seq) : last,
    };
  }

  /** Resolves when there are departures after the cursor, or when the signal is aborted. */
  async beyond(cursor: number, signal: AbortSignal): Promise<void> {
    const leave = this.attend();
    try {
      this.number();
      while (this.lastKnown <= cursor && !signal.aborted) {
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
    } finally {
      leave();
    }
  }

  /** Once more after what is under way, which may have begun too early to see what has just left. */
  private number(): void {
    if (this.followers === 0) return;
    this.isDue = true;
    this.numbering ??= this.run().finally(() => (this.numbering = undefined));
  }

  private async run(): Promise<void> {
    try {
      while (this.isDue && this.followers > 0) {
        this.isDue = false;
        this.lastKnown = await this.locked(async (client) => {
          const values = [archiveLimits.departuresNumberedMax];
          const { rowCount } = await client.query({ ...numberSql, values });
          this.isDue ||= rowCount === archiveLimits.departuresNumberedMax;
        });
        for (const wake of [...this.waiting]) wake();
      }
    } catch (error) {
      this.warnings.warn({ error }, 'departures could not be numbered; it is tried again');
    }
  }

  /** Nobody else gives numbers meanwhile: those that were given can be seen, or can once this has ended. */
  private locked(work: (client: PoolClient) => Promise<void>): Promise<number> {
    return this.database.transaction(async (client) => {
      await client.query(lockSql);
      await work(client);
      const { rows } = await client.query<{ last: string }>(lastSql);
      return Number(rows[0]!.last);
    });
  }
}
