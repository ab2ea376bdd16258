/**
 * Whose fault it is that an answer comes late: when several contacts of one archive are late together, the archive has too
 * much to do; when many are late at all, it is the own connection, or the node itself has stood still.
 */
import type { Contact } from '../contacts/contact.js';
import { dhtLimits } from '../limits.js';

interface Late {
  readonly name: string;
  readonly archive: string;
  readonly atMs: number;
}

export class Lateness {
  /** Each contact once, the latest last. */
  #late: readonly Late[] = [];

  /** Answers whether nobody but the contact itself is to blame. */
  isItsOwn({ id, archive }: Contact, nowMs: number): boolean {
    const name = id.text;
    const others = this.#late.filter(
      (late) => late.name !== name && nowMs - late.atMs < dhtLimits.lateTogetherMs,
    );
    this.#late = [...others, { name, archive, atMs: nowMs }].slice(-dhtLimits.lateTogetherAll - 1);
    const ofArchive = others.filter((late) => late.archive === archive).length;
    return others.length < dhtLimits.lateTogetherAll && ofArchive < dhtLimits.lateTogetherOfArchive;
  }
}
