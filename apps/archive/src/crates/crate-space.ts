/**
 * What waits in all mailboxes, and how many bytes it may take: by HOLDFAST_CRATES_BYTES_MAX, and by what the disk of an
 * embedded PostgreSQL has free beside HOLDFAST_DISK_RESERVE_BYTES. Counted as crates are taken
 * in, and anew from the usage of the mailboxes now and then, which is when crates that have left, or came by another
 * process, are seen: in between the archive counts rather too much than promise what it has no room for.
 */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { archiveLimits } from '../limits.js';
import { Log } from '../platform/logging/log.js';
import { DataDisk } from '../platform/postgres/data-disk.js';
import { ArchiveSettings } from '../platform/settings.js';
import type { Usage } from './crate.js';
import { CrateRepository } from './crate.repository.js';

@Injectable()
export class CrateSpace implements OnModuleInit, OnModuleDestroy {
  private counted: Usage = { crates: 0, bytes: 0 };
  /** Since the last count began. */
  private taken: Usage = { crates: 0, bytes: 0 };
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly crates: CrateRepository,
    private readonly settings: ArchiveSettings,
    private readonly disk: DataDisk,
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

  get held(): Usage {
    return sum(this.counted, this.taken);
  }

  /** Looks at the disk, unless that was done a moment ago. */
  look(nowMs: number): Promise<void> {
    return this.disk.look(nowMs);
  }

  /** What there is no room for this many bytes in; undefined when there is. */
  lacks(bytes: number): 'archive-bytes' | 'archive-disk' | undefined {
    if (this.held.bytes + bytes > this.settings.cratesBytesMax) return 'archive-bytes';
    return this.disk.has(bytes) ? undefined : 'archive-disk';
  }

  take(more: Usage): void {
    this.taken = sum(this.taken, more);
    this.disk.take(more.bytes);
  }

  async count(): Promise<void> {
    await this.look(Date.now());
    const { crates, bytes } = this.taken;
    const counted = await this.crates.total();
    // What was taken while the database counted may stand in both.
    this.taken = sum(this.taken, { crates: -crates, bytes: -bytes });
    this.counted = counted;
  }
}

const sum = (a: Usage, b: Usage): Usage => ({ crates: a.crates + b.crates, bytes: a.bytes + b.bytes });
