/**
 * Bodies of the ids that the source has named: only of those that are missing here, and that no other link is fetching.
 */
import { decodeBase64url, encodeBase64url, encodeUtf8, HoldfastError } from '@holdfast/protocol';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Claimant, Fetching } from '../fetching.js';
import type { Answered } from '../frames.js';
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { RecordStore } from '../ports.js';
import type { Questions } from '../questions.js';
import type { LinkCounts } from '../stats.js';
import type { Intake } from './intake.js';

export interface Brought {
  /** New here, by this. */
  readonly stored: number;
  /** The source named them and does not have them. */
  readonly gone: number;
  /** Not here, though the source has them. */
  readonly skipped: number;
}

interface Tally {
  stored: number;
  gone: number;
  skipped: number;
}

export class Bodies {
  #goneInARow = 0;

  constructor(
    private readonly records: RecordStore,
    private readonly fetching: Fetching,
    private readonly questions: Questions,
    private readonly intake: Intake,
    private readonly life: Life,
    private readonly counts: LinkCounts,
  ) {}

  /** @param ids at most `wantIdsMax` different ones */
  async bring(ids: readonly string[]): Promise<Brought> {
    const tally: Tally = { stored: 0, gone: 0, skipped: 0 };
    let rest = ids;
    for (let takesOver = false; rest.length > 0;) {
      const { mine, others } = this.fetching.claim(rest, tally, takesOver);
      const waited = others.length === 0 ? undefined : this.fetching.wait(others, this.life);
      if (mine.length > 0) await this.#bringMine(mine, tally);
      const left = await waited;
      this.life.check();
      rest = left?.rest ?? [];
      takesOver = left?.isPatienceOver ?? false;
    }
    await this.#slowDown(tally);
    return tally;
  }

  async #bringMine(mine: readonly string[], tally: Tally): Promise<void> {
    const claimed = new Set(mine);
    const release = (ids: Iterable<string>, isHeld: boolean): void => {
      this.fetching.release(ids, tally as Claimant, isHeld);
      for (const id of ids) claimed.delete(id);
    };
    try {
      const missing = new Set(await this.life.persist(() => this.records.missing(mine)));
      release(
        mine.filter((id) => !missing.has(id)),
        true,
      );
      while (missing.size > 0) {
        const { records, gone } = await this.#want([...missing]);
        this.fetching.arrived(records.keys());
        const { stored, skipped } = await this.intake.take([...records.values()]);
        this.counts.recordsFetched += records.size;
        tally.stored += stored;
        tally.skipped += skipped.size;
        tally.gone += gone.length;
        const held = [...records].filter(([, record]) => !skipped.has(record)).map(([id]) => id);
        for (const id of [...records.keys(), ...gone]) missing.delete(id);
        release(held, true);
        release(
          [...records.keys(), ...gone].filter((id) => claimed.has(id)),
          false,
        );
      }
    } finally {
      release([...claimed], false);
    }
  }

  /** @throws HoldfastError `peer-misbehaved` when the answer is not one to the question */
  async #want(
    ids: readonly string[],
  ): Promise<{ records: ReadonlyMap<string, string>; gone: readonly string[] }> {
    const { records, gone }: Answered<'want'> = await this.questions.askPatiently('want', { ids: [...ids] });
    const wanted = new Set(ids);
    const found = new Map<string, string>();
    for (const record of records) {
      const id = idOf(record);
      if (!wanted.delete(id)) throw misbehaved('a record that was not asked for');
      found.set(id, record);
    }
    for (const id of gone) if (!wanted.delete(id)) throw misbehaved('an id that was not asked for');
    if (wanted.size === ids.length) throw misbehaved('none of the ids that were asked for');
    return { records: found, gone };
  }

  /** A source that goes on to name what it does not have costs a question for each answer, and no more than some. */
  async #slowDown({ stored, gone }: Tally): Promise<void> {
    this.#goneInARow = stored > 0 ? 0 : this.#goneInARow + gone;
    if (this.#goneInARow >= gossipLimits.goneInARowMax) await this.life.sleep(gossipLimits.idlePauseMs);
  }
}

/** spec/records.md, "Id": of what is signed, so that a record that was tampered with is not the one asked for. */
function idOf(record: string): string {
  const signed = record.slice(0, Math.max(record.lastIndexOf('.'), 0));
  return decodeBase64url(record.slice(signed.length + 1)) === undefined
    ? ''
    : encodeBase64url(sha256(encodeUtf8(signed)));
}

const misbehaved = (what: string): HoldfastError =>
  new HoldfastError('peer-misbehaved', `The answer to "want" has ${what}.`);
