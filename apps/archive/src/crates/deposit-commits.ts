/**
 * Commits crates, together what arrives together, and does what has to be done before anybody is told of it: what was
 * heard of them before they came is settled, and the other holders that were named are remembered.
 */
import { Injectable } from '@nestjs/common';
import { archiveLimits } from '../limits.js';
import { GroupCommit } from '../platform/database/group-commit.js';
import { CrateEvents } from './crate-events.js';
import type { Arrival, ArrivingCrate, PairwiseQuota, StoredCrate, Usage } from './crate.js';
import { CrateRepository } from './crate.repository.js';
import { DepositRoom } from './deposit-room.js';
import { EarlyNews } from './early-news.js';
import { joinHolders } from './holders/holder.js';
import { HolderRepository } from './holders/holder.repository.js';

@Injectable()
export class DepositCommits {
  private readonly commits = new GroupCommit<ArrivingCrate, Arrival>({
    commit: (crates) => this.commit(crates),
    bytesOf: ({ envelope }) => envelope.length,
    perCommit: { items: archiveLimits.cratesPerCommitMax, bytes: archiveLimits.crateBytesPerCommitMax },
    queued: { items: archiveLimits.cratesQueuedMax, bytes: archiveLimits.crateBytesQueuedMax },
  });

  constructor(
    private readonly crates: CrateRepository,
    private readonly room: DepositRoom,
    private readonly holders: HolderRepository,
    private readonly earlyNews: EarlyNews,
    private readonly events: CrateEvents,
  ) {}

  /**
   * Resolves after the commit.
   * @throws HoldfastError `overloaded`, `unavailable`
   */
  add(crate: ArrivingCrate): Promise<Arrival> {
    return this.commits.add(crate);
  }

  private async commit(crates: readonly ArrivingCrate[]): Promise<Arrival[]> {
    const { fitting, lacking } = await this.room.fitting(distinct(crates));
    const arrivals = await this.crates.deposit(fitting, ordinaryQuota, pairwiseQuota(Date.now()));
    const byId = new Map(fitting.map(({ id }, index) => [id, arrivals[index]!]));
    const stored = fitting.flatMap((crate, index) => storedOf(crate, arrivals[index]!));
    this.room.take(stored);
    // Also of those that were held: the commit may have been one whose end, or whose news, nobody has seen.
    const arrived = fitting.filter(({ id }) => waits(byId.get(id)!));
    const gone = await this.earlyNews.settle(arrived.map(({ id }) => id));
    for (const [id, state] of gone) byId.set(id, { kind: 'held', state });
    await this.nameHolders(fitting, byId);
    const waiting = (crate: { readonly id: string }): boolean => !gone.has(crate.id);
    const mailboxes = new Set(arrived.filter(waiting).map(({ mailbox }) => mailbox));
    this.events.arrived(mailboxes, stored.filter(waiting));
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

const waits = (arrival: Arrival): boolean =>
  arrival.kind === 'stored' || (arrival.kind === 'held' && arrival.state === 'accepted');

const storedOf = (crate: ArrivingCrate, arrival: Arrival): StoredCrate[] =>
  arrival.kind === 'stored' ? [{ ...crate, seq: arrival.seq }] : [];
