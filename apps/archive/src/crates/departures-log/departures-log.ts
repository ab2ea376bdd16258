/**
 * How crates have left on a proof, in an order that other archives can follow (spec/gossip.md). A departure gets its
 * number after its commit, by whoever holds a lock, so that a smaller number never becomes visible after a greater one
 * and a cursor skips none; and only while somebody follows, because each costs a write. Tombstones that are removed
 * vanish from the log too.
 */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { encodeBase64url, HoldfastError } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { Database } from '../../platform/database/database.js';
import { Log } from '../../platform/logging/log.js';
import { SpacedWarnings } from '../../platform/logging/spaced-warnings.js';
import { CrateEvents } from '../crate-events.js';
import { afterSql, greatestSql, lastSql, lockSql, numberSql } from './departures-log.sql.js';

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

  /** The last number that can be seen; 0 when nothing has left. */
  async last(): Promise<number> {
    const { rows } = await this.database.query<{ last: string }>(lastSql);
    return Number(rows[0]!.last);
  }

  /**
   * In their order.
   * @throws HoldfastError `cursor-invalid` for a number that was never given
   */
  async after(cursor: number, cratesMax: number): Promise<DepartedCrates> {
    const { rows } = await this.database.query<{ id: Buffer; seq: string }>({
      ...afterSql,
      values: [cursor, cratesMax],
    });
    if (rows.length === 0 && cursor > this.lastKnown) await this.requireGiven(cursor);
    return {
      crates: rows.map(({ id }) => encodeBase64url(id)),
      upTo: Number(rows.at(-1)?.seq ?? cursor),
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

  private async requireGiven(cursor: number): Promise<void> {
    if (cursor === 0) return;
    const { rows } = await this.database.query<{ last: string }>(greatestSql);
    if (cursor <= Number(rows[0]!.last)) return;
    throw new HoldfastError('cursor-invalid', 'The cursor lies beyond the end of the log of departures.');
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
        const numbered = await this.numberSome();
        this.isDue ||= numbered === archiveLimits.departuresNumberedMax;
        this.lastKnown = await this.last();
        for (const wake of [...this.waiting]) wake();
      }
    } catch (error) {
      this.warnings.warn({ error }, 'departures could not be numbered; it is tried again');
    }
  }

  private numberSome(): Promise<number> {
    return this.database.transaction(async (client) => {
      await client.query(lockSql);
      const values = [archiveLimits.departuresNumberedMax];
      return (await client.query({ ...numberSql, values })).rowCount ?? 0;
    });
  }
}
