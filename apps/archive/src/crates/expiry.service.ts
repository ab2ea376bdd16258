/**
 * Lets expired crates go, and forgets tombstones once no clock within the skew can bring the crate back
 * (spec/crates.md, "Expiry"). Woken by the queue, and by a timer of its own for the case that the queue has forgotten.
 */
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { archiveLimits } from '../limits.js';
import { Log } from '../platform/logging/log.js';
import { WakeQueue } from '../platform/queue/wake-queue.js';
import { CrateEvents } from './crate-events.js';
import { lastExpiredHour, lastForgettableHour } from './crate.js';
import { CrateRepository } from './crate.repository.js';

@Injectable()
export class ExpiryService implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly crates: CrateRepository,
    private readonly events: CrateEvents,
    private readonly queue: WakeQueue,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    this.queue.handle('expire-crates', () => this.expire(Date.now()));
    await this.queue.repeat('expire-crates', archiveLimits.expirySweepMs);
    this.timer = setInterval(() => void this.sweep(), archiveLimits.expirySweepMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running?.catch(() => {});
  }

  /** Lets go and forgets what is due, in batches; a call while one runs waits for that one. */
  expire(nowMs: number): Promise<void> {
    this.running ??= this.run(nowMs).finally(() => (this.running = undefined));
    return this.running;
  }

  private async sweep(): Promise<void> {
    try {
      await this.expire(Date.now());
    } catch (error) {
      this.log.warn({ error }, 'a sweep for expired crates failed');
    }
  }

  private async run(nowMs: number): Promise<void> {
    let count: number;
    do {
      const left = await this.crates.expire(lastExpiredHour(nowMs));
      this.events.left(left);
      count = left.length;
    } while (count === archiveLimits.expiryBatchMax);
    const forgotten = lastForgettableHour(nowMs);
    while ((await this.crates.removeTombstones(forgotten)) === archiveLimits.expiryBatchMax);
  }
}
