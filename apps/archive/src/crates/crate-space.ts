/**
 * How many bytes all crates together may take (HOLDFAST_CRATES_BYTES_MAX). Counted as crates are taken in, and anew from
 * the usage of the mailboxes now and then, which is when crates that have left, or came by another process, are seen:
 * in between the archive counts rather too much than promise what it has no room for.
 */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { archiveLimits } from '../limits.js';
import { Log } from '../platform/logging/log.js';
import { ArchiveSettings } from '../platform/settings.js';
import { CrateRepository } from './crate.repository.js';

@Injectable()
export class CrateSpace implements OnModuleInit, OnModuleDestroy {
  private counted = 0;
  /** Since the last count began. */
  private taken = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly crates: CrateRepository,
    private readonly settings: ArchiveSettings,
    private readonly log: Log,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.count();
    this.timer = setInterval(() => {
      this.count().catch((error: unknown) => this.log.warn({ error }, 'the crates could not be counted'));
    }, archiveLimits.crateCountMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  has(bytes: number): boolean {
    return this.counted + this.taken + bytes <= this.settings.cratesBytesMax;
  }

  take(bytes: number): void {
    this.taken += bytes;
  }

  async count(): Promise<void> {
    const before = this.taken;
    const counted = await this.crates.totalBytes();
    // What was taken while the database counted may stand in both.
    this.taken -= before;
    this.counted = counted;
  }
}
