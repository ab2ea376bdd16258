/**
 * Whether there is room for crates that want to be taken in: for what one depositor may leave in a while, and in the
 * archive. Mailboxes have theirs in the commit itself (crate.sql.ts). A refusal says which quota it is and, where that
 * is known, until when (spec/custody.md, "Quotas").
 */
import { Injectable } from '@nestjs/common';
import type { HoldfastError } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { CrateEvents } from './crate-events.js';
import type { ArrivingCrate } from './crate.js';
import { CrateRepository } from './crate.repository.js';
import { CrateSpace } from './crate-space.js';
import { DepositorQuota, type Depositor } from './quotas/depositor-quota.js';
import { quotaExceeded, type QuotaName } from './quotas/quota-exceeded.js';
import { RoomAgain } from './quotas/room-again.js';

@Injectable()
export class DepositRoom {
  constructor(
    private readonly crates: CrateRepository,
    private readonly events: CrateEvents,
    private readonly space: CrateSpace,
    private readonly depositors: DepositorQuota,
    private readonly roomAgain: RoomAgain,
  ) {}

  /** @throws HoldfastError `quota-exceeded` */
  charge(depositor: Depositor, sizeBytes: number): void {
    const quota = this.depositors.take(depositor, sizeBytes, Date.now());
    if (quota === undefined) return;
    this.events.refused(quota.name);
    throw quotaExceeded(quota.name, quota.untilMs);
  }

  /** Those that the archive has room for, one after the other; what it holds already takes none. */
  async fitting(
    crates: readonly ArrivingCrate[],
  ): Promise<{ readonly fitting: readonly ArrivingCrate[]; readonly lacking: QuotaName }> {
    await this.space.look(Date.now());
    const lacking = this.space.lacks(bytesOf(crates));
    if (lacking === undefined) return { fitting: crates, lacking: 'archive-bytes' };
    const held = new Set((await this.crates.find(crates.map(({ id }) => id))).map(({ id }) => id));
    let bytes = 0;
    const fitting = crates.filter(({ id, envelope }) => {
      if (held.has(id)) return true;
      if (this.space.lacks(bytes + envelope.length) !== undefined) return false;
      bytes += envelope.length;
      return true;
    });
    return { fitting, lacking };
  }

  /** What has been taken in. */
  take(stored: readonly ArrivingCrate[]): void {
    this.space.take({ crates: stored.length, bytes: bytesOf(stored) });
  }

  async refusal(quota: QuotaName, mailbox: string): Promise<HoldfastError> {
    this.events.refused(quota);
    const now = Date.now();
    if (quota === 'archive-disk') return quotaExceeded(quota, now + archiveLimits.roomAgainMs);
    const isArchive = quota === 'archive-bytes';
    const until = isArchive ? this.roomAgain.inArchive(now) : this.roomAgain.inMailbox(mailbox, now);
    return quotaExceeded(quota, await until);
  }
}

const bytesOf = (crates: readonly ArrivingCrate[]): number =>
  crates.reduce((sum, { envelope }) => sum + envelope.length, 0);
