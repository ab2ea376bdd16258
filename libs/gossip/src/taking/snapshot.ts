/**
 * The source's log by bodies, for an archive that has little of it (spec/gossip.md, "First meeting"): while pages are taken
 * in, the next one is asked for. After each commit the cursor is saved, so that a snapshot that is cut goes on there.
 */
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { Questions } from '../questions.js';
import type { LinkCounts } from '../stats.js';
import type { Cursors } from './cursors.js';
import type { Intake } from './intake.js';
import { checkWindow } from './news.js';

export class SnapshotTaker {
  constructor(
    private readonly questions: Questions,
    private readonly intake: Intake,
    private readonly cursors: Cursors,
    private readonly life: Life,
    private readonly counts: LinkCounts,
  ) {}

  /** @returns the cursor at the end of the log, for news */
  async take(from: number): Promise<number> {
    const inHand: Promise<void>[] = [];
    let before: Promise<void> = Promise.resolve();
    let after = from;
    for (;;) {
      const { records, upTo, last } = await this.questions.askPatiently('page', { after });
      checkWindow({ upTo, last }, after, records.length);
      this.counts.theirLast = last;
      this.counts.recordsFetched += records.length;
      if (upTo > after) {
        before = this.#takeIn(records, upTo, before);
        before.catch(() => undefined);
        inHand.push(before);
        if (inHand.length >= gossipLimits.pagesInHandMax) await inHand.shift();
      }
      if (upTo >= last) break;
      if (records.length === 0) await this.life.sleep(gossipLimits.idlePauseMs);
      after = upTo;
    }
    await Promise.all(inHand);
    return this.cursors.records;
  }

  async #takeIn(records: readonly string[], upTo: number, before: Promise<void>): Promise<void> {
    try {
      await this.intake.take(records);
      await before;
      this.cursors.recordsUpTo(upTo);
      await this.cursors.save();
    } catch (error) {
      this.life.fail(error);
      throw error;
    }
  }
}
