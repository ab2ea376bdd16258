/**
 * Commits verified records in groups, one group at a time. A group begins when at least half of the records that are on
 * their way have been verified, or when the first has waited long enough: a single publisher is not kept waiting, and
 * under load two large groups take turns, one being verified while the other is committed, instead of many small ones
 * that each cost a commit.
 */
import type { AppendOutcome } from './record-log.js';
import type { VerifiedRecord } from './record-verifier.js';

export interface RecordCommitsInit {
  /** Commits records of different ids and answers an outcome for each, in their order. */
  readonly append: (records: readonly VerifiedRecord[]) => Promise<readonly AppendOutcome[]>;
  /** Records between the door and their outcome, those that are still being verified among them. */
  readonly onTheirWay: () => number;
  readonly bounds: { readonly records: number; readonly bytes: number; readonly waitMs: number };
}

interface Waiting {
  readonly record: VerifiedRecord;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** By id: the first that came with it, and the ones after. */
type Group = Map<string, [Waiting, ...Waiting[]]>;

export class RecordCommits {
  private waiting: Waiting[] = [];
  private running: Promise<void> | undefined;
  private ripen: (() => void) | undefined;

  constructor(private readonly init: RecordCommitsInit) {}

  /** Resolves after the commit. */
  add(record: VerifiedRecord): Promise<AppendOutcome> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ record, resolve, reject });
      this.running ??= this.run();
      if (this.ripen !== undefined && this.isRipe()) this.ripen();
    });
  }

  /** Resolves when everything that was added has its outcome. */
  async idle(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    // What the present turn of the event loop still adds belongs to the first group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      if (!this.isRipe()) await this.ripeness();
      await this.commit(this.take());
    }
    this.running = undefined;
  }

  private isRipe(): boolean {
    const count = this.waiting.length;
    return count * 2 >= this.init.onTheirWay() || count >= this.init.bounds.records;
  }

  private ripeness(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.ripen?.(), this.init.bounds.waitMs);
      this.ripen = () => {
        clearTimeout(timer);
        this.ripen = undefined;
        resolve();
      };
    });
  }

  /** The oldest ones that fit the bounds. Those with an id that stands in the group already share its place. */
  private take(): Group {
    const { records, bytes } = this.init.bounds;
    const group: Group = new Map();
    const left: Waiting[] = [];
    let size = 0;
    for (const next of this.waiting) {
      const { id, sizeBytes } = next.record;
      const place = group.get(id);
      if (place !== undefined) {
        place.push(next);
      } else if (group.size === 0 || (group.size < records && size + sizeBytes <= bytes)) {
        group.set(id, [next]);
        size += sizeBytes;
      } else {
        left.push(next);
      }
    }
    this.waiting = left;
    return group;
  }

  private async commit(group: Group): Promise<void> {
    const places = [...group.values()];
    try {
      const outcomes = await this.init.append(places.map(([first]) => first.record));
      places.forEach(([first, ...later], index) => {
        const outcome = outcomes[index]!;
        first.resolve(outcome);
        for (const { resolve } of later) resolve(outcome === 'stored' ? 'known' : outcome);
      });
    } catch (error) {
      for (const { reject } of places.flat()) reject(error);
    }
  }
}
