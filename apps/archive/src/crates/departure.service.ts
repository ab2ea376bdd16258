/**
 * Lets crates go on a proof (spec/crates.md, "Leaving"): the receipt, the owner's DISCARD or the sender's recall. The
 * first way out wins; whoever comes later with a valid proof is told how the crate left. Proofs are hashes of about a
 * hundred bytes, or one signature: WebCrypto checks them on its own threads, at most a commit's worth at a time.
 */
import { Injectable } from '@nestjs/common';
import {
  decideDeparture,
  HoldfastError,
  provesDeparture,
  type CrateStatus,
  type Way,
} from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { CrateEvents } from './crate-events.js';
import { hourOf, type Departure, type HeldCrate } from './crate.js';
import { CrateRepository } from './crate.repository.js';
import { statusOf } from './status.service.js';
import { GroupCommit } from '../platform/database/group-commit.js';

export interface ProvenWish {
  readonly crate: string;
  readonly way: Way;
  readonly proof: Uint8Array;
  /** The archive that tells of it; none: the owner or the sender itself. */
  readonly toldBy?: string;
}

const refusals = {
  'crate-not-found': 'No such crate is held here.',
  'receipt-invalid': 'The secret is not the receipt of this crate.',
  'discard-invalid': 'The signature is not one of the mailbox over this discard.',
  'recall-invalid': 'The secret is not the one that recalls this crate.',
} as const;

type Outcome = CrateStatus | { readonly refused: keyof typeof refusals };

@Injectable()
export class DepartureService {
  private readonly commits = new GroupCommit<ProvenWish, Outcome>({
    commit: (wishes) => this.commit(wishes),
    bytesOf: ({ proof }) => proof.length,
    perCommit: { items: archiveLimits.cratesPerCommitMax, bytes: archiveLimits.crateBytesPerCommitMax },
    queued: { items: archiveLimits.cratesQueuedMax, bytes: archiveLimits.crateBytesQueuedMax },
  });

  constructor(
    private readonly crates: CrateRepository,
    private readonly events: CrateEvents,
  ) {}

  /**
   * Answers how the crate has left, after the commit.
   * @throws HoldfastError `crate-not-found`, `receipt-invalid`, `discard-invalid`, `recall-invalid`, `overloaded`,
   * `unavailable`
   */
  async depart(wish: ProvenWish): Promise<CrateStatus> {
    const outcome = await this.commits.add(wish);
    if ('refused' in outcome) throw new HoldfastError(outcome.refused, refusals[outcome.refused]);
    return outcome;
  }

  private async commit(wishes: readonly ProvenWish[]): Promise<Outcome[]> {
    const held = await this.held(wishes.map(({ crate }) => crate));
    const decisions = await Promise.all(
      wishes.map(async ({ crate, way, proof }) => {
        const here = held.get(crate);
        const fits = here !== undefined && (await provesDeparture(here, way, proof));
        return decideDeparture(here?.state ?? 'unknown', way, fits, false);
      }),
    );
    const departures = new Map<string, Departure>();
    for (const [index, { crate, proof, toldBy }] of wishes.entries()) {
      const decision = decisions[index]!;
      if (!('becomes' in decision) || departures.has(crate)) continue;
      const state = decision.becomes;
      departures.set(crate, { id: crate, state, proof, ...(toldBy === undefined ? {} : { toldBy }) });
    }
    const statuses = await this.release(departures, held);
    return wishes.map(({ crate }, index) => {
      const { answer } = decisions[index]!;
      return answer in refusals ? { refused: answer as keyof typeof refusals } : statuses.get(crate)!;
    });
  }

  /** Commits the departures and answers the status of every crate that is held. */
  private async release(
    departures: ReadonlyMap<string, Departure>,
    held: ReadonlyMap<string, HeldCrate>,
  ): Promise<Map<string, CrateStatus>> {
    const statuses = new Map([...held.values()].map((crate) => [crate.id, statusOf(crate)]));
    if (departures.size === 0) return statuses;
    const { left, tell } = await this.crates.depart([...departures.values()], hourOf(Date.now()));
    this.events.left(left);
    this.events.errandsDue(tell);
    for (const { id } of left) statuses.set(id, statusOf(departures.get(id)!));
    // Somebody else was first with these.
    const lost = [...departures.keys()].filter((id) => statuses.get(id)!.status === 'accepted');
    for (const crate of (await this.held(lost)).values()) statuses.set(crate.id, statusOf(crate));
    return statuses;
  }

  private async held(ids: readonly string[]): Promise<Map<string, HeldCrate>> {
    if (ids.length === 0) return new Map();
    const crates = await this.crates.find([...new Set(ids)]);
    return new Map(crates.map((crate) => [crate.id, crate]));
  }
}
