/**
 * Which mailboxes somebody collects here, and of what kind they are: what may wait in one depends on it. Their rows
 * stay when they are empty, for as long as their owners come now and then, and only so many: beyond them those whose
 * owners have been away for longest are forgotten first, which costs them nothing but the larger quota.
 */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { archiveLimits } from '../../limits.js';
import { Database } from '../../platform/database/database.js';
import { Log } from '../../platform/logging/log.js';
import { countCollectedSql, forgetCollectedSql, noteCollectedSql } from './collected-mailboxes.sql.js';

/** `public`: on a card that is held here. */
export type CollectedKind = 'public' | 'pairwise';

@Injectable()
export class CollectedMailboxes implements OnModuleInit, OnModuleDestroy {
  private counted = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly countMax: number;

  constructor(
    private readonly database: Database,
    private readonly log: Log,
    bounds: { readonly collectedMailboxesMax: number } = archiveLimits,
  ) {
    this.countMax = bounds.collectedMailboxesMax;
  }

  async onModuleInit(): Promise<void> {
    await this.sweep(Date.now());
    this.timer = setInterval(() => {
      this.sweep(Date.now()).catch((error: unknown) =>
        this.log.warn({ error }, 'a sweep of the mailboxes failed'),
      );
    }, archiveLimits.collectedSweepMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  get count(): number {
    return this.counted;
  }

  /** Its owner has proved to own it. Written down at most once in a while, and not waited for by the disk. */
  async collected(mailbox: string, kind: CollectedKind, nowMs: number): Promise<void> {
    const { rows } = await this.database.query<{ inserted: boolean }>({
      ...noteCollectedSql,
      values: [
        Buffer.from(mailbox, 'base64url'),
        kind,
        new Date(nowMs),
        this.counted < this.countMax,
        new Date(nowMs - archiveLimits.collectedNotedMs),
      ],
    });
    if (rows[0]?.inserted === true) this.counted += 1;
  }

  /** Forgets the empty mailboxes that nobody has collected from for long, and makes room for new ones. */
  async sweep(nowMs: number): Promise<void> {
    await this.forget(new Date(nowMs - archiveLimits.collectedMsMax), archiveLimits.collectedForgottenMax);
    const { rows } = await this.database.query<{ count: number }>(countCollectedSql);
    this.counted = rows[0]!.count;
    if (this.counted < this.countMax) return;
    const excess = this.counted - Math.floor(this.countMax * archiveLimits.collectedKeptShare);
    this.counted -= await this.forget(new Date(nowMs), excess);
  }

  private async forget(until: Date, countMax: number): Promise<number> {
    const { rowCount } = await this.database.query({ ...forgetCollectedSql, values: [until, countMax] });
    return rowCount ?? 0;
  }
}
