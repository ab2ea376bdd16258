/**
 * Compares the set here with the source's, and brings what is missing (spec/gossip.md, "Comparing"). Rounds, ids and time
 * are bounded: a comparison that reaches a bound brings what it has found, and a later one goes on.
 */
import { decodeBase64url, encodeBase64url, HoldfastError } from '@holdfast/protocol';
import { initiate, reconcile, ReconcileError, type Difference, type SetStorage } from '@holdfast/reconcile';
import type { Answered } from '../frames.js';
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { AgreedScope, ReconcilableSet, RecordStore } from '../ports.js';
import type { Questions } from '../questions.js';
import { Slots } from '../slots.js';
import type { LinkCounts } from '../stats.js';
import type { Bodies } from './bodies.js';

export interface Comparison {
  /** Both sets were the same. */
  readonly same: boolean;
  readonly rounds: number;
  /** Of the messages, both ways. */
  readonly bytes: number;
  /** Ids that the peer lacks, and that are missing here: at most `comparisonNamedMax` of each. */
  readonly have: readonly string[];
  readonly need: readonly string[];
  readonly haveCount: number;
  readonly needCount: number;
  /** A bound was reached: there may be more that differs. */
  readonly truncated: boolean;
  /** Records that are here now because of it. */
  readonly stored: number;
  /** Everything that the peer's set has is here now, but for what it does not hand out. */
  readonly complete: boolean;
}

interface Found {
  readonly have: Set<string>;
  readonly need: Set<string>;
  rounds: number;
  bytes: number;
  truncated: boolean;
}

const bounds = {
  frameBytesMax: gossipLimits.compareMessageBytesMax,
  finalIdsMax: gossipLimits.compareFinalIdsMax,
  itemsReadMax: gossipLimits.compareItemsReadMax,
};

export class Comparer {
  /** The peer keeps one set for a link at a time. */
  readonly #turns = new Slots(1);

  constructor(
    private readonly records: RecordStore,
    private readonly agreed: AgreedScope,
    private readonly questions: Questions,
    private readonly bodies: Bodies,
    private readonly compares: Slots,
    private readonly life: Life,
    private readonly counts: LinkCounts,
  ) {}

  /**
   * @param brings whether what is missing is fetched
   * @throws HoldfastError what the peer answered instead
   */
  async compare(brings: boolean): Promise<Comparison> {
    const found = await this.#inTurn(() => this.#find());
    const { have, need, rounds, bytes, truncated } = found;
    this.counts.comparedAtMs = this.life.surroundings.nowMs();
    this.counts.differed = have.size + need.size;
    const { stored, skipped } = brings ? await this.#bring([...need]) : { stored: 0, skipped: need.size };
    return {
      same: have.size + need.size === 0 && !truncated,
      rounds,
      bytes,
      have: named(have),
      need: named(need),
      haveCount: have.size,
      needCount: need.size,
      truncated,
      stored,
      complete: !truncated && skipped === 0,
    };
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const leave = await this.#turns.take(this.life);
    try {
      const giveBack = await this.compares.take(this.life);
      try {
        return await work();
      } finally {
        giveBack();
      }
    } finally {
      leave();
    }
  }

  async #find(): Promise<Found> {
    const set = await this.life.persist(
      () => this.records.openSet(this.agreed),
      (error) => !isBeyondComparing(error),
    );
    try {
      return await this.#findIn(set);
    } finally {
      set.close();
    }
  }

  async #findIn(set: ReconcilableSet): Promise<Found> {
    const found: Found = { have: new Set(), need: new Set(), rounds: 0, bytes: 0, truncated: false };
    const endsMs = this.life.surroundings.nowMs() + gossipLimits.compareMsMax;
    let message: Uint8Array | undefined = await this.#step(set, (storage) => initiate(storage, bounds));
    while (message !== undefined) {
      if (found.rounds >= gossipLimits.compareRoundsMax || isEnough(found) || this.#isAfter(endsMs)) {
        found.truncated = true;
        break;
      }
      const answer: Answered<'compare'> = await this.questions.ask('compare', {
        first: found.rounds === 0,
        message: encodeBase64url(message),
      });
      const theirs: Uint8Array = decodeBase64url(answer.message)!;
      found.rounds++;
      found.bytes += message.length + theirs.length;
      const step: Difference = await this.#step(set, (s) => reconcile(s, theirs, bounds));
      for (const id of step.have)
        if (found.have.size < gossipLimits.compareIdsMax) found.have.add(encodeBase64url(id));
      for (const id of step.need) found.need.add(encodeBase64url(id));
      message = step.message;
    }
    return found;
  }

  #isAfter(timeMs: number): boolean {
    return this.life.surroundings.nowMs() > timeMs;
  }

  /** @throws HoldfastError `peer-misbehaved` */
  async #step<T>(set: ReconcilableSet, step: (storage: SetStorage) => T): Promise<T> {
    try {
      return await this.life.persist(
        () => set.run(step),
        (error) => !(error instanceof ReconcileError) && !isBeyondComparing(error),
      );
    } catch (error) {
      if (!(error instanceof ReconcileError)) throw error;
      throw new HoldfastError(
        'peer-misbehaved',
        `A comparison was answered with what is none: ${error.message}`,
      );
    }
  }

  async #bring(need: readonly string[]): Promise<{ stored: number; skipped: number }> {
    const total = { stored: 0, skipped: 0 };
    const chunks: string[][] = [];
    for (let begin = 0; begin < need.length; begin += gossipLimits.wantIdsMax) {
      chunks.push(need.slice(begin, begin + gossipLimits.wantIdsMax));
    }
    const bringChunks = async (): Promise<void> => {
      for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
        const { stored, skipped } = await this.bodies.bring(chunk);
        total.stored += stored;
        total.skipped += skipped;
      }
    };
    await Promise.all(Array.from({ length: gossipLimits.wantsInHandMax }, bringChunks));
    return total;
  }
}

/** For one side or the other: trying again would only keep others from comparing. */
export const isBeyondComparing = (error: unknown): boolean =>
  error instanceof HoldfastError && (error.code === 'set-too-large' || error.code === 'request-too-large');

const isEnough = ({ need }: Found): boolean => need.size >= gossipLimits.compareIdsMax;

const named = (ids: ReadonlySet<string>): string[] => [...ids].slice(0, gossipLimits.comparisonNamedMax);
