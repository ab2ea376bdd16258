/**
 * Takes crates in (spec/crates.md, "Depositing"). Size first, then the envelope's form, its expiry and its id; only
 * then does it cost the database anything. What arrives together is committed together, and answered after the commit.
 */
import { Injectable } from '@nestjs/common';
import { checkExpiry, crateIdOf, HoldfastError, parseEnvelope, valueOf } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { CrateEvents } from './crate-events.js';
import type { Arrival, ArrivingCrate } from './crate.js';
import { CrateRepository } from './crate.repository.js';
import { CrateSpace } from './crate-space.js';
import { CustodyReceipts } from './custody-receipts.js';
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
  private readonly quota = { crates: archiveLimits.mailboxCratesMax, bytes: archiveLimits.mailboxBytesMax };

  constructor(
    private readonly crates: CrateRepository,
    private readonly events: CrateEvents,
    private readonly space: CrateSpace,
    private readonly custody: CustodyReceipts,
  ) {}

  /**
   * @throws HoldfastError `crate-size-invalid`, `crate-malformed`, `crate-version-unsupported`,
   * `crate-suite-unsupported`, `crate-mailbox-invalid`, `crate-expired`, `crate-expiry-too-far`, `crate-gone` (with the
   * state that it left in), `quota-exceeded`, `overloaded`, `unavailable`
   */
  async deposit(envelope: Uint8Array): Promise<Deposited> {
    const { mailbox, expiryHour, nonce, ackHash, recallHash } = valueOf(parseEnvelope(envelope));
    valueOf(checkExpiry(expiryHour, Date.now() / 1000));
    const crate = await crateIdOf(envelope);
    const arriving = { id: crate, mailbox, envelope, expiryHour, nonce, ackHash, recallHash };
    const arrival = await this.commits.add(arriving);
    if (arrival.kind === 'full') {
      throw new HoldfastError(
        'quota-exceeded',
        'The mailbox, or the archive, has no room for this crate: try again later.',
      );
    }
    if (arrival.kind === 'held' && arrival.state !== 'accepted') {
      throw new HoldfastError('crate-gone', `The crate was here and is ${arrival.state}.`, {
        crate,
        state: arrival.state,
      });
    }
    const custody = await this.custody.of({ id: crate, sizeBytes: envelope.length, expiryHour }, Date.now());
    return { crate, status: 'accepted', created: arrival.kind === 'stored', custody };
  }

  private async commit(crates: readonly ArrivingCrate[]): Promise<Arrival[]> {
    const distinct = [...new Map(crates.map((crate) => [crate.id, crate])).values()];
    const fitting = await this.fitting(distinct);
    const arrivals = await this.crates.deposit(fitting, this.quota);
    const byId = new Map(fitting.map(({ id }, index) => [id, arrivals[index]!]));
    const arrived = fitting.filter((_, index) => waits(arrivals[index]!));
    const stored = fitting.filter((_, index) => arrivals[index]!.kind === 'stored');
    this.space.take({ crates: stored.length, bytes: bytesOf(stored) });
    this.events.arrived(new Set(arrived.map(({ mailbox }) => mailbox)), stored.length);
    return crates.map(({ id }) => byId.get(id) ?? { kind: 'full' });
  }

  /** Those that the archive has room for, one after the other; what it holds already takes none. */
  private async fitting(crates: readonly ArrivingCrate[]): Promise<readonly ArrivingCrate[]> {
    if (this.space.has(bytesOf(crates))) return crates;
    const held = new Set((await this.crates.find(crates.map(({ id }) => id))).map(({ id }) => id));
    let bytes = 0;
    return crates.filter(({ id, envelope }) => {
      if (held.has(id)) return true;
      if (!this.space.has(bytes + envelope.length)) return false;
      bytes += envelope.length;
      return true;
    });
  }
}

/** A crate that was held already counts too: its commit may have been one whose end nobody saw. */
function waits(arrival: Arrival): boolean {
  return arrival.kind === 'stored' || (arrival.kind === 'held' && arrival.state === 'accepted');
}

const bytesOf = (crates: readonly ArrivingCrate[]): number =>
  crates.reduce((sum, { envelope }) => sum + envelope.length, 0);
