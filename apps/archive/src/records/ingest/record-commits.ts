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

  /** The oldest ones that fit the bounds. Of two with one id the second waits: it will be told that it is known. */
  private take(): Waiting[] {
    const { records, bytes } = this.init.bounds;
    const group = new Map<string, Waiting>();
    const left: Waiting[] = [];
    let size = 0;
    for (const next of this.waiting) {
      const { id, sizeBytes } = next.record;
      const fits = group.size === 0 || (group.size < records && size + sizeBytes <= bytes);
      if (!fits || group.has(id)) {
        left.push(next);
        continue;
      }
      group.set(id, next);
      size += sizeBytes;
    }
    this.waiting = left;
    return [...group.values()];
  }

  private async commit(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.init.append(group.map(({ record }) => record));
      group.forEach(({ resolve }, index) => resolve(outcomes[index]!));
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
