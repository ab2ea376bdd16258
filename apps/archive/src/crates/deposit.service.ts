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
import { EarlyNews } from './early-news.js';
import { joinHolders, namedHolders, type NamedArchives } from './holders/holder.js';
import { HolderRepository } from './holders/holder.repository.js';
import { DepositorQuota, type Depositor } from './quotas/depositor-quota.js';
import { quotaExceeded, type QuotaName } from './quotas/quota-exceeded.js';
import { RoomAgain } from './quotas/room-again.js';
import { ArchiveAddress } from '../platform/http/archive-address.js';
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
    private readonly holders: HolderRepository,
    private readonly earlyNews: EarlyNews,
    private readonly address: ArchiveAddress,
  ) {}

  /**
   * @param depositor whose quota the crate counts against: a network, or an archive that has proved its id
   * @param named other archives that have the crate, or that this one shall bring it to: committed with the crate
   * @throws HoldfastError `request-malformed` when it names too many archives; `crate-size-invalid`,
   * `crate-malformed`, `crate-version-unsupported`,
   * `crate-suite-unsupported`, `crate-mailbox-invalid`, `crate-expired`, `crate-expiry-too-far`, `crate-gone` (with the
   * state that it left in), `quota-exceeded` (with the quota, and when there may be room), `overloaded`, `unavailable`
   */
  async deposit(envelope: Uint8Array, depositor?: Depositor, named: NamedArchives = {}): Promise<Deposited> {
    const holders = namedHolders(named, this.address.url);
    const { mailbox, expiryHour, nonce, ackHash, recallHash } = valueOf(parseEnvelope(envelope));
    valueOf(checkExpiry(expiryHour, Date.now() / 1000));
    if (depositor !== undefined) this.charge(depositor, envelope.length);
    const crate = await idOf(envelope);
    const arriving = { id: crate, mailbox, envelope, expiryHour, nonce, ackHash, recallHash, holders };
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
    const { fitting, lacking } = await this.fitting(distinct(crates));
    const arrivals = await this.crates.deposit(fitting, ordinaryQuota, pairwiseQuota(Date.now()));
    const byId = new Map(fitting.map(({ id }, index) => [id, arrivals[index]!]));
    const stored = fitting.flatMap((crate, index) => storedOf(crate, arrivals[index]!));
    this.space.take({ crates: stored.length, bytes: bytesOf(stored) });
    const gone = await this.earlyNews.settle(stored.map(({ id }) => id));
    for (const [id, state] of gone) byId.set(id, { kind: 'held', state });
    await this.nameHolders(fitting, byId);
    const arrived = fitting.filter(({ id }) => waits(byId.get(id)!));
    const waiting = stored.filter(({ id }) => !gone.has(id));
    this.events.arrived(new Set(arrived.map(({ mailbox }) => mailbox)), waiting);
    return crates.map(({ id }) => byId.get(id) ?? { kind: 'full', quota: lacking });
  }

  /** Those of new crates stand beside them since their commit; a crate that is known gets the new ones here. */
  private async nameHolders(
    crates: readonly ArrivingCrate[],
    arrivals: ReadonlyMap<string, Arrival>,
  ): Promise<void> {
    const named = crates.flatMap(({ id, holders = [] }) =>
      holders.map((holder) => ({ crate: id, ...holder })),
    );
    const toKnown = named.filter(({ crate }) => arrivals.get(crate)!.kind === 'held');
    const toNew = named.filter(({ crate }) => arrivals.get(crate)!.kind === 'stored');
    const due = toNew.filter(({ bring }) => bring).map(({ url }) => url);
    if (toKnown.length > 0) due.push(...(await this.holders.addToKnown(toKnown, new Date())));
    this.events.errandsDue([...new Set(due)]);
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

/** Every crate once, with all the holders that were named for it. */
function distinct(crates: readonly ArrivingCrate[]): ArrivingCrate[] {
  const byId = new Map<string, ArrivingCrate>();
  for (const crate of crates) {
    const known = byId.get(crate.id);
    const holders = known === undefined ? crate.holders : joinHolders(known.holders, crate.holders);
    byId.set(crate.id, holders === undefined ? crate : { ...crate, holders });
  }
  return [...byId.values()];
}

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
