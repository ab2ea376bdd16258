/**
 * Takes crates in (spec/crates.md, "Depositing"). Size first, then the envelope's form, its expiry and its id; only
 * then does it cost the database anything. What arrives together is committed together, and answered after the commit.
 */
import { Injectable } from '@nestjs/common';
import { checkExpiry, crateIdOf, HoldfastError, parseEnvelope, valueOf } from '@holdfast/protocol';
import { createHash } from 'node:crypto';
import { archiveLimits } from '../limits.js';
import { CrateEvents } from './crate-events.js';
import type { Arrival, ArrivingCrate, PairwiseQuota, StoredCrate, Usage } from './crate.js';
import { CrateRepository } from './crate.repository.js';
import { CrateSpace } from './crate-space.js';
import { CustodyReceipts } from './custody-receipts.js';
import { DepositorQuota, type Depositor } from './quotas/depositor-quota.js';
import { quotaExceeded, type QuotaName } from './quotas/quota-exceeded.js';
import { RoomAgain } from './quotas/room-again.js';
import { GroupCommit } from '../platform/database/group-commit.js';

export interface Deposited {
  readonly crate: string;
  readonly status: 'accepted';
  /** Whether the crate was taken in now, rather than held already. */
  readonly created: boolean;
  /** The archive's custody receipt: signed after the commit, which is when the space is taken. */
  readonly custody: string;
}

@Injectable()
export class DepositService {
  private readonly commits = new GroupCommit<ArrivingCrate, Arrival>({
    commit: (crates) => this.commit(crates),
    bytesOf: ({ envelope }) => envelope.length,
    perCommit: { items: archiveLimits.cratesPerCommitMax, bytes: archiveLimits.crateBytesPerCommitMax },
    queued: { items: archiveLimits.cratesQueuedMax, bytes: archiveLimits.crateBytesQueuedMax },
  });

  constructor(
    private readonly crates: CrateRepository,
    private readonly events: CrateEvents,
    private readonly space: CrateSpace,
    private readonly custody: CustodyReceipts,
    private readonly depositors: DepositorQuota,
    private readonly roomAgain: RoomAgain,
  ) {}

  /**
   * @param depositor whose quota the crate counts against: a network, or an archive that has proved its id
   * @throws HoldfastError `crate-size-invalid`, `crate-malformed`, `crate-version-unsupported`,
   * `crate-suite-unsupported`, `crate-mailbox-invalid`, `crate-expired`, `crate-expiry-too-far`, `crate-gone` (with the
   * state that it left in), `quota-exceeded` (with the quota, and when there may be room), `overloaded`, `unavailable`
   */
  async deposit(envelope: Uint8Array, depositor?: Depositor): Promise<Deposited> {
    const { mailbox, expiryHour, nonce, ackHash, recallHash } = valueOf(parseEnvelope(envelope));
    valueOf(checkExpiry(expiryHour, Date.now() / 1000));
    if (depositor !== undefined) this.charge(depositor, envelope.length);
    const crate = await idOf(envelope);
    const arriving = { id: crate, mailbox, envelope, expiryHour, nonce, ackHash, recallHash };
    const arrival = await this.commits.add(arriving);
    if (arrival.kind === 'full') throw await this.refusal(arrival.quota, mailbox);
    if (arrival.kind === 'held' && arrival.state !== 'accepted') {
      throw new HoldfastError('crate-gone', `The crate was here and is ${arrival.state}.`, {
        crate,
        state: arrival.state,
      });
    }
    const custody = await this.custody.of({ id: crate, sizeBytes: envelope.length, expiryHour }, Date.now());
    return { crate, status: 'accepted', created: arrival.kind === 'stored', custody };
  }

  private charge(depositor: Depositor, sizeBytes: number): void {
    const quota = this.depositors.take(depositor, sizeBytes, Date.now());
    if (quota === undefined) return;
    this.events.refused(quota.name);
    throw quotaExceeded(quota.name, quota.untilMs);
  }

  private async refusal(quota: QuotaName, mailbox: string): Promise<HoldfastError> {
    this.events.refused(quota);
    const now = Date.now();
    if (quota === 'archive-disk') return quotaExceeded(quota, now + archiveLimits.roomAgainMs);
    const isArchive = quota === 'archive-bytes';
    const until = isArchive ? this.roomAgain.inArchive(now) : this.roomAgain.inMailbox(mailbox, now);
    return quotaExceeded(quota, await until);
  }

  private async commit(crates: readonly ArrivingCrate[]): Promise<Arrival[]> {
    const distinct = [...new Map(crates.map((crate) => [crate.id, crate])).values()];
    const { fitting, lacking } = await this.fitting(distinct);
    const arrivals = await this.crates.deposit(fitting, ordinaryQuota, pairwiseQuota(Date.now()));
    const byId = new Map(fitting.map(({ id }, index) => [id, arrivals[index]!]));
    const arrived = fitting.filter((_, index) => waits(arrivals[index]!));
    const stored = fitting.flatMap((crate, index) => storedOf(crate, arrivals[index]!));
    this.space.take({ crates: stored.length, bytes: bytesOf(stored) });
    this.events.arrived(new Set(arrived.map(({ mailbox }) => mailbox)), stored);
    return crates.map(({ id }) => byId.get(id) ?? { kind: 'full', quota: lacking });
  }

  /** Those that the archive has room for, one after the other; what it holds already takes none. */
  private async fitting(crates: readonly ArrivingCrate[]) {
    await this.space.look(Date.now());
    const lacking = this.space.lacks(bytesOf(crates));
    if (lacking === undefined) return { fitting: crates, lacking: 'archive-bytes' } as const;
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
}

const ordinaryQuota: Usage = {
  crates: archiveLimits.ordinaryMailboxCratesMax,
  bytes: archiveLimits.ordinaryMailboxBytesMax,
};

const pairwiseQuota = (nowMs: number): PairwiseQuota => ({
  crates: archiveLimits.mailboxCratesMax,
  bytes: archiveLimits.mailboxBytesMax,
  since: new Date(nowMs - archiveLimits.collectedMsMax),
});

/** A crate that was held already counts too: its commit may have been one whose end nobody saw. */
function waits(arrival: Arrival): boolean {
  return arrival.kind === 'stored' || (arrival.kind === 'held' && arrival.state === 'accepted');
}

/** A small one is hashed in less time than it takes to hand it to another thread and back. */
const idOf = (envelope: Uint8Array): string | Promise<string> =>
  envelope.length > archiveLimits.hashedInLineBytesMax
    ? crateIdOf(envelope)
    : createHash('sha256').update(envelope).digest('base64url');

const storedOf = (crate: ArrivingCrate, arrival: Arrival): StoredCrate[] =>
  arrival.kind === 'stored' ? [{ ...crate, seq: arrival.seq }] : [];

const bytesOf = (crates: readonly ArrivingCrate[]): number =>
  crates.reduce((sum, { envelope }) => sum + envelope.length, 0);
