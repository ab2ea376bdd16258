/**
 * Connections that are read on for one purpose: few, kept, and with a statement timeout, so that no query holds one for
 * long and all of them together leave room in the pool for whoever commits. What does not get one at once waits in
 * line, first come first served, and the line is bounded.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Pool, QueryConfig, QueryResultRow } from 'pg';
import { archiveLimits } from '../../limits.js';
import { LeasedConnection } from './leased-connection.js';

/** Queries have plans of their own: what is a good one depends on what is asked for. */
const session = `set statement_timeout = ${archiveLimits.queryMsMax}; set plan_cache_mode = auto`;

export interface ReadingBounds {
  /** Beyond it a query is refused. */
  readonly waitingMax: number;
  /** How long a query may stay unanswered before its connection counts as lost. */
  readonly answerMsMax: number;
  /** Further settings of its sessions; trusted text. */
  readonly settings: string;
}

export class ReadingConnections {
  private readonly free: LeasedConnection[] = [];
  private readonly line: (() => void)[] = [];
  private busy = 0;
  private isClosed = false;
  private readonly bounds: ReadingBounds;

  constructor(
    private readonly pool: Pool,
    private readonly connectionsMax: number,
    bounds: Partial<ReadingBounds> = {},
  ) {
    this.bounds = {
      waitingMax: archiveLimits.queriesWaitingMax,
      answerMsMax: archiveLimits.queryAnswerMsMax,
      settings: '',
      ...bounds,
    };
  }

  /**
   * @param signal aborted: who comes next takes the turn
   * @throws HoldfastError `overloaded`; the database's error, such as its timeout; the signal's reason
   */
  async query<Row extends QueryResultRow>(statement: QueryConfig, signal?: AbortSignal): Promise<Row[]> {
    await this.turn();
    try {
      signal?.throwIfAborted();
      const lease =
        this.takeFree() ?? (await LeasedConnection.take(this.pool, session + this.bounds.settings));
      try {
        const bounded = { ...statement, query_timeout: this.bounds.answerMsMax };
        return (await lease.query<Row>(bounded)).rows;
      } finally {
        if (this.isClosed) lease.giveUp();
        else if (!lease.isLost) this.free.push(lease);
      }
    } finally {
      const next = this.line.shift();
      if (next === undefined) this.busy -= 1;
      else next();
    }
  }

  close(): void {
    this.isClosed = true;
    for (const lease of this.free.splice(0)) lease.giveUp();
  }

  /** Whoever ends hands its turn to the next in line. */
  private async turn(): Promise<void> {
    if (this.busy < this.connectionsMax) {
      this.busy += 1;
      return;
    }
    if (this.line.length >= this.bounds.waitingMax) {
      throw new HoldfastError('overloaded', 'Too many queries wait: try again in a moment.');
    }
    await new Promise<void>((resolve) => this.line.push(resolve));
  }

  private takeFree(): LeasedConnection | undefined {
    for (let lease = this.free.pop(); lease !== undefined; lease = this.free.pop()) {
      if (!lease.isLost) return lease;
    }
    return undefined;
  }
}
