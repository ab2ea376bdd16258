/**
 * Many small writes, one transaction: what arrives while a commit is under way is committed together by the next one.
 * What waits is bounded in count and bytes; beyond that a write is refused at once rather than promised and delayed.
 * A commit may be held back for a moment while more is known to be on its way.
 */
import { HoldfastError } from '@holdfast/protocol';

export interface GroupCommitInit<Item, Outcome> {
  /**
   * Commits the items, and answers one outcome for each in their order. When it throws, some may have been committed:
   * writing one again must do no harm.
   */
  readonly commit: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  readonly bytesOf: (item: Item) => number;
  readonly perCommit: Bounds;
  readonly queued: Bounds;
  /** Without it a commit begins as soon as the one before it has ended. */
  readonly ripening?: Ripening;
}

export interface Ripening {
  /**
   * Whether this many are worth a commit; as many as fit into one always are.
   * @param leaving how many others are committed and will be told so at once
   */
  readonly isRipe: (waiting: number, leaving: number) => boolean;
  /** How long the first of a group is kept waiting at most. */
  readonly waitMsMax: number;
}

export interface Bounds {
  readonly items: number;
  readonly bytes: number;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly bytes: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit<Item, Outcome> {
  private waiting: Waiting<Item, Outcome>[] = [];
  private waitingBytes = 0;
  private running: Promise<void> | undefined;
  private ripen: (() => void) | undefined;
  private leaving = 0;

  constructor(private readonly init: GroupCommitInit<Item, Outcome>) {}

  /** Resolves after the commit. Rejects with `overloaded` when too much waits already. */
  add(item: Item): Promise<Outcome> {
    const bytes = this.init.bytesOf(item);
    const { queued } = this.init;
    if (this.waiting.length >= queued.items || this.waitingBytes + bytes > queued.bytes) {
      return Promise.reject(
        new HoldfastError('overloaded', 'Too many writes wait for their commit: try again later.'),
      );
    }
    return new Promise<Outcome>((resolve, reject) => {
      this.waiting.push({ item, bytes, resolve, reject });
      this.waitingBytes += bytes;
      this.running ??= this.run();
      if (this.ripen !== undefined && this.isRipe()) this.ripen();
    });
  }

  /** Resolves when everything that was added has been committed or refused. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private async run(): Promise<void> {
    // What the present turn of the event loop still adds belongs to the first commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      if (!this.isRipe()) await this.ripeness();
      await this.commit(this.take());
    }
    this.running = undefined;
  }

  private isRipe(): boolean {
    const { ripening, perCommit } = this.init;
    const count = this.waiting.length;
    return ripening === undefined || count >= perCommit.items || ripening.isRipe(count, this.leaving);
  }

  private ripeness(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.ripen?.(), this.init.ripening?.waitMsMax);
      this.ripen = () => {
        clearTimeout(timer);
        this.ripen = undefined;
        resolve();
      };
    });
  }

  private take(): Waiting<Item, Outcome>[] {
    const { items, bytes } = this.init.perCommit;
    let count = 0;
    let size = 0;
    for (const next of this.waiting) {
      if (count === items || (count > 0 && size + next.bytes > bytes)) break;
      count += 1;
      size += next.bytes;
    }
    this.waitingBytes -= size;
    return this.waiting.splice(0, count);
  }

  private async commit(group: readonly Waiting<Item, Outcome>[]): Promise<void> {
    try {
      const outcomes = await this.init.commit(group.map(({ item }) => item));
      this.deliverSoon(group, outcomes);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** After the next commit has begun: the database works at that one while this process answers for these. */
  private deliverSoon(group: readonly Waiting<Item, Outcome>[], outcomes: readonly Outcome[]): void {
    this.leaving += group.length;
    setImmediate(() => {
      this.leaving -= group.length;
      group.forEach(({ resolve }, index) => resolve(outcomes[index]!));
    });
  }
}
