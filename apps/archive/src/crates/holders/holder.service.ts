/** What other features may know of the crates that are held here, and add to it: who else holds them. */
import { Injectable } from '@nestjs/common';
import { CrateEvents } from '../crate-events.js';
import type { HeldCrate } from '../crate.js';
import { CrateRepository } from '../crate.repository.js';
import { CrateSpace } from '../crate-space.js';
import { CustodyReceipts } from '../custody-receipts.js';
import type { HolderOf } from './holder.js';
import { HolderRepository } from './holder.repository.js';
import type { QuotaName } from '../quotas/quota-exceeded.js';

@Injectable()
export class HolderService {
  constructor(
    private readonly crates: CrateRepository,
    private readonly holders: HolderRepository,
    private readonly events: CrateEvents,
    private readonly space: CrateSpace,
    private readonly custody: CustodyReceipts,
  ) {}

  async held(ids: readonly string[]): Promise<ReadonlyMap<string, HeldCrate>> {
    const crates = await this.crates.find([...new Set(ids)]);
    return new Map(crates.map((crate) => [crate.id, crate]));
  }

  /** The archive's own receipt for a crate that waits here. */
  custodyOf(crate: HeldCrate, nowMs: number): Promise<string> {
    return this.custody.of(crate, nowMs);
  }

  /** Which quota of the archive is used up; undefined when there is room. */
  lacks(bytes: number): QuotaName | undefined {
    return this.space.lacks(bytes);
  }

  /** Of crates that are known here; who holds one that has left will be told. */
  async add(holders: readonly HolderOf[], nowMs: number): Promise<void> {
    if (holders.length === 0) return;
    this.events.errandsDue(await this.holders.addToKnown(holders, new Date(nowMs)));
  }

  async knows(archive: string, crates: readonly string[]): Promise<void> {
    if (crates.length > 0) await this.holders.knows(archive, crates);
  }
}
