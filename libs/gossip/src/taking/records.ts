/**
 * How an archive comes to have the peer's records, and stays up to date (spec/gossip.md, "First meeting"): pages where next
 * to nothing is here, the ids of the whole log where much is missing, then a comparison, and news all along.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { AgreedScope, RecordStore } from '../ports.js';
import { type Questions, wasSaid } from '../questions.js';
import type { GiveBack, Slots } from '../slots.js';
import type { LinkCounts } from '../stats.js';
import type { Cursors } from './cursors.js';
import type { NewsTaker } from './news.js';
import type { Repairs } from './repairs.js';
import type { SnapshotTaker } from './snapshot.js';

export interface RecordsTakerParts {
  readonly records: RecordStore;
  readonly agreed: AgreedScope;
  readonly questions: Questions;
  readonly cursors: Cursors;
  readonly snapshot: SnapshotTaker;
  readonly news: NewsTaker;
  /** The last seq of the peer's log when it greeted. */
  readonly theirLast: number;
  readonly repairs: Repairs;
  /** One first meeting of the archive at a time: a second peer's records are then known already, for the most part. */
  readonly firstMeetings: Slots;
  readonly life: Life;
  readonly counts: LinkCounts;
}

export class RecordsTaker {
  constructor(private readonly parts: RecordsTakerParts) {}

  /** @param stage what was reached before, by links that are over */
  async run(stage: 'snapshot' | 'live' | undefined): Promise<void> {
    const { cursors, news, repairs, counts } = this.parts;
    try {
      if (stage !== 'live') return await this.#meet(stage === 'snapshot');
      counts.stage = 'live';
      // What is only late is not compared: the cursor brings it for less.
      const upToDate = cursors.reached(this.parts.theirLast).then(() => repairs.untilSame());
      await Promise.all([news.follow(cursors.records), upToDate.then(() => repairs.goOn())]);
    } catch (error) {
      if (!wasSaid(error) || error.code !== 'cursor-invalid') throw error;
      // The peer's log is not the one that it was: a backup was restored, or it began anew.
      await cursors.forget();
      throw error;
    }
  }

  async #meet(isResumed: boolean): Promise<void> {
    const { records, agreed, questions, cursors, news, repairs, firstMeetings, life, counts } = this.parts;
    const giveBack = await firstMeetings.take(life);
    this.#letOthersMeetWhenSlow(giveBack);
    try {
      const { last, count } = await questions.askPatiently('start', {});
      const held = await life.persist(() => records.count(agreed));
      const beginsAtTheEnd = !isResumed && held >= gossipLimits.idsBelowShare * count;
      if (beginsAtTheEnd) cursors.recordsUpTo(last);
      // Between the two, comparing would name about as much, and pages would bring again what is here: a walk along the
      // ids of the log does neither.
      else if (isResumed || held < gossipLimits.pagesBelowShare * count) await this.#takeSnapshot(isResumed);
      counts.stage = 'comparing';
      const compared = cursors.reached(last).then(async () => {
        const isComparable = await repairs.untilSame();
        if (!isComparable && beginsAtTheEnd) await this.#leaveToNextLink();
        await cursors.reach('live');
        counts.stage = 'live';
        giveBack();
        await repairs.goOn();
      });
      await Promise.all([news.follow(cursors.records), compared]);
    } finally {
      giveBack();
    }
  }

  /** What lies before the cursor would never come. */
  async #leaveToNextLink(): Promise<never> {
    await this.parts.cursors.fromTheBeginning();
    const detail = 'The sets cannot be compared: the next link reads along the whole log.';
    throw new HoldfastError('set-too-large', detail);
  }

  /** Whether it is the snapshot that stalls, or a peer that says "later" to everything. */
  #letOthersMeetWhenSlow(giveBack: GiveBack): void {
    const { life, counts } = this.parts;
    const before = counts.recordsFetched;
    life.deadlines.after(60_000, () => {
      if (counts.stage === 'live') return;
      const fetched = counts.recordsFetched - before;
      if (fetched < gossipLimits.meetingRecordsPerMinuteMin) giveBack();
      else this.#letOthersMeetWhenSlow(giveBack);
    });
  }

  async #takeSnapshot(isResumed: boolean): Promise<void> {
    const { cursors, snapshot, counts } = this.parts;
    counts.stage = 'snapshot';
    if (!isResumed) await cursors.reach('snapshot');
    await snapshot.take(cursors.records);
  }
}
