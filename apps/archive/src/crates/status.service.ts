/**
 * The status of crates (spec/crates.md, "Status"). Asking by crate id tells the archive that whoever asks sealed or
 * opened that crate, and so links a sender's address to the time of a pickup: ask rarely, and of many at once. However
 * many ask, they share a few connections and wait in a line that is bounded.
 */
import { Injectable } from '@nestjs/common';
import { encodeBase64url, type CrateStatus } from '@holdfast/protocol';
import type { HeldCrate, HeldState } from './crate.js';
import { CrateRepository } from './crate.repository.js';
import { CustodyReceipts } from './custody-receipts.js';
import { HolderRepository } from './holders/holder.repository.js';
import { ReadingConnections } from '../platform/database/reading-connections.js';

@Injectable()
export class StatusService {
  constructor(
    private readonly crates: CrateRepository,
    private readonly readers: ReadingConnections,
    private readonly custody: CustodyReceipts,
    private readonly holders: HolderRepository,
  ) {}

  /** One status for each id, in their order; `unknown` where no such crate is held or remembered. */
  async statuses(ids: readonly string[]): Promise<CrateStatus[]> {
    const held = await this.crates.find([...new Set(ids)], this.readers);
    const statuses = await this.whole(held);
    const known = new Map(statuses.map((status) => [status.crate, status]));
    return ids.map((crate) => known.get(crate) ?? { crate, status: 'unknown' });
  }

  /** With what stands beside the state of a crate: who holds it, and what is still to be done about it elsewhere. */
  private async whole(held: readonly HeldCrate[]): Promise<CrateStatus[]> {
    const now = Date.now();
    const ids = held.map(({ id }) => id);
    const elsewhere = await this.holders.elsewhere(ids, this.readers);
    return Promise.all(
      held.map(async (crate) => {
        const { custody = [], errands } = elsewhere.get(crate.id) ?? {};
        const own = crate.state === 'accepted' ? [await this.custody.of(crate, now)] : [];
        const all = [...own, ...custody];
        return {
          ...statusOf(crate),
          ...(all.length === 0 ? {} : { custody: all }),
          ...(errands === undefined ? {} : { errands }),
        };
      }),
    );
  }
}

export function statusOf(crate: {
  readonly id: string;
  readonly state: HeldState;
  readonly proof: Uint8Array | null;
}): CrateStatus {
  return {
    crate: crate.id,
    status: crate.state,
    ...(crate.proof === null ? {} : { proof: encodeBase64url(crate.proof) }),
  };
}
