/**
 * Lets crates go on a proof (spec/crates.md, "Leaving"): the receipt, the owner's DISCARD or the sender's recall. The
 * first way out wins; whoever comes later with a valid proof is told how the crate left. Proofs are hashes of about a
 * hundred bytes, which take less time than another thread would, or one signature, which WebCrypto checks on its own
 * threads; at most a commit's worth at a time.
 */
import { Injectable } from '@nestjs/common';
import {
  decideDeparture,
  HoldfastError,
  provesDeparture,
  stateAfter,
  type CrateStatus,
  type Way,
} from '@holdfast/protocol';
import { createHash } from 'node:crypto';
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

type Refused = { readonly refused: keyof typeof refusals };

const groupBounds = {
  bytesOf: ({ proof }: ProvenWish) => proof.length,
  perCommit: { items: archiveLimits.cratesPerCommitMax, bytes: archiveLimits.crateBytesPerCommitMax },
  queued: { items: archiveLimits.cratesQueuedMax, bytes: archiveLimits.crateBytesQueuedMax },
};

@Injectable()
export class DepartureService {
  /** Two stages, each a group at a time: while the database lets one group go, the proofs of the next are checked. */
  private readonly proofs = new GroupCommit<ProvenWish, HeldCrate | Refused>({
    commit: (wishes) => this.prove(wishes),
    ...groupBounds,
  });
  private readonly commits = new GroupCommit<ProvenWish, CrateStatus | Refused>({
    commit: (wishes) => this.release(wishes),
    ...groupBounds,
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
    const known = await this.proofs.add(wish);
    if ('refused' in known) throw refusalFor(known);
    if (known.state !== 'accepted') return statusOf(known);
    const outcome = await this.commits.add(wish);
    if ('refused' in outcome) throw refusalFor(outcome);
    return outcome;
  }

  /**
   * The same for what other archives tell of: undefined when no such crate is here.
   * @throws HoldfastError as `depart` does
   */
  async departHeld(wish: ProvenWish): Promise<CrateStatus | undefined> {
    try {
      return await this.depart(wish);
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'crate-not-found') return undefined;
      throw error;
    }
  }

  private async prove(wishes: readonly ProvenWish[]): Promise<(HeldCrate | Refused)[]> {
    const held = await this.held(wishes.map(({ crate }) => crate));
    return Promise.all(
      wishes.map(async ({ crate, way, proof }) => {
        const here = held.get(crate);
        const fits = here !== undefined && (await provesDeparture(here, way, proof, sha256));
        const { answer } = decideDeparture(here?.state ?? 'unknown', way, fits, false);
        return answer in refusals ? { refused: answer as keyof typeof refusals } : here!;
      }),
    );
  }

  /** Commits the departures of crates that still wait, and answers how each of the crates has left. */
  private async release(wishes: readonly ProvenWish[]): Promise<(CrateStatus | Refused)[]> {
    const departures = new Map<string, Departure>();
    for (const { crate, way, proof, toldBy } of wishes) {
      if (departures.has(crate)) continue;
      const told = toldBy === undefined ? {} : { toldBy };
      departures.set(crate, { id: crate, state: stateAfter[way], proof, ...told });
    }
    const { left, tell } = await this.crates.depart([...departures.values()], hourOf(Date.now()));
    this.events.left(left);
    this.events.errandsDue(tell);
    const statuses = new Map(left.map(({ id }) => [id, statusOf(departures.get(id)!)]));
    // Somebody else was first with these.
    const lost = [...departures.keys()].filter((id) => !statuses.has(id));
    for (const crate of (await this.held(lost)).values()) statuses.set(crate.id, statusOf(crate));
    return wishes.map(({ crate }) => statuses.get(crate) ?? notFound);
  }

  private async held(ids: readonly string[]): Promise<Map<string, HeldCrate>> {
    if (ids.length === 0) return new Map();
    const crates = await this.crates.find([...new Set(ids)]);
    return new Map(crates.map((crate) => [crate.id, crate]));
  }
}

const notFound = { refused: 'crate-not-found' } as const;

const refusalFor = ({ refused }: Refused): HoldfastError => new HoldfastError(refused, refusals[refused]);

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
