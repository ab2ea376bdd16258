/** Every mailbox of this device: the public one, and those that it keeps for one contact each. */
import type { OwnMailbox } from './mailbox-keys.js';
import type { Mailbox } from './mailbox.js';
import type { PairwiseMailboxes } from './pairwise-mailboxes.js';

export interface CollectedMailbox extends OwnMailbox {
  /** The identity that a pairwise one was made for. */
  readonly contact?: string;
}

export class OwnMailboxes {
  #byId: ReadonlyMap<string, CollectedMailbox> = new Map();

  constructor(
    readonly device: Mailbox,
    readonly pairwise: PairwiseMailboxes,
  ) {}

  /** What there is now, also by other programs on the same storage; the public one first. */
  async load(): Promise<readonly CollectedMailbox[]> {
    const all: readonly CollectedMailbox[] = [await this.device.own(), ...(await this.pairwise.all())];
    this.#byId = new Map(all.map((own) => [own.mailbox, own]));
    return all;
  }

  /** One that was there when they were loaded last. */
  withId(mailbox: string): CollectedMailbox | undefined {
    return this.#byId.get(mailbox);
  }

  /** Pairwise ones, the one first that was used last; with the public one before all others where that is wanted. */
  async lastUsed(count: number, withPublic: boolean): Promise<readonly CollectedMailbox[]> {
    const first = withPublic ? [await this.device.own()] : [];
    return [...first, ...(await this.pairwise.lastUsed(count - first.length))];
  }

  /**
   * Replaces keys that are old, and destroys older ones.
   * @returns whether the public mailbox has a new card
   */
  async keepUp(): Promise<boolean> {
    await this.pairwise.keepUp();
    return this.device.rotate();
  }
}
