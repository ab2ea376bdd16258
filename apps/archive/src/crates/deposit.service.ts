/**
 * Takes crates in (spec/crates.md, "Depositing"). Size first, then the envelope's form, its expiry, the depositor's
 * quota and its id; only then does it cost the database anything. What was committed is answered with a custody
 * receipt.
 */
import { Injectable } from '@nestjs/common';
import {
  checkExpiry,
  crateIdOf,
  decideDeposit,
  HoldfastError,
  parseEnvelope,
  valueOf,
} from '@holdfast/protocol';
import { createHash } from 'node:crypto';
import { archiveLimits } from '../limits.js';
import { CustodyReceipts } from './custody-receipts.js';
import { DepositCommits } from './deposit-commits.js';
import { DepositRoom } from './deposit-room.js';
import { namedHolders, type NamedArchives } from './holders/holder.js';
import type { Depositor } from './quotas/depositor-quota.js';
import { ArchiveAddress } from '../platform/http/archive-address.js';

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
  constructor(
    private readonly room: DepositRoom,
    private readonly commits: DepositCommits,
    private readonly custody: CustodyReceipts,
    private readonly address: ArchiveAddress,
  ) {}

  /**
   * @param depositor whose quota the crate counts against: a network, or an archive that has proved its id
   * @param named other archives that have the crate, or that this one shall bring it to: committed with the crate
   * @throws HoldfastError `request-malformed` when it names too many archives; `crate-size-invalid`,
   * `crate-malformed`, `crate-version-unsupported`, `crate-suite-unsupported`, `crate-mailbox-invalid`,
   * `crate-expired`, `crate-expiry-too-far`, `crate-gone` (with the state that it left in), `quota-exceeded` (with the
   * quota, and when there may be room), `overloaded`, `unavailable`
   */
  async deposit(envelope: Uint8Array, depositor?: Depositor, named: NamedArchives = {}): Promise<Deposited> {
    const holders = namedHolders(named, this.address.url);
    const { mailbox, expiryHour, nonce, ackHash, recallHash } = valueOf(parseEnvelope(envelope));
    valueOf(checkExpiry(expiryHour, Date.now() / 1000));
    if (depositor !== undefined) this.room.charge(depositor, envelope.length);
    const crate = await idOf(envelope);
    const arriving = { id: crate, mailbox, envelope, expiryHour, nonce, ackHash, recallHash, holders };
    const arrival = await this.commits.add(arriving);
    if (arrival.kind === 'full') throw await this.room.refusal(arrival.quota, mailbox);
    const decision = decideDeposit(arrival.kind === 'held' ? arrival.state : 'unknown', 'current', undefined);
    if (decision.answer === 'crate-gone') {
      const { state } = decision;
      throw new HoldfastError('crate-gone', `The crate was here and is ${state}.`, { crate, state });
    }
    const custody = await this.custody.of({ id: crate, sizeBytes: envelope.length, expiryHour }, Date.now());
    return { crate, status: 'accepted', created: arrival.kind === 'stored', custody };
  }
}

/** A small one is hashed in less time than it takes to hand it to another thread and back. */
const idOf = (envelope: Uint8Array): string | Promise<string> =>
  envelope.length > archiveLimits.hashedInLineBytesMax
    ? crateIdOf(envelope)
    : createHash('sha256').update(envelope).digest('base64url');
