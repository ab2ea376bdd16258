/**
 * Follows the source's log by ids (spec/gossip.md, "News"): the next window is asked for while bodies of the one before are
 * fetched, and the cursor moves in the order of the log, past what is here.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Answered } from '../frames.js';
import type { Life } from '../life.js';
import { gossipLimits } from '../limits.js';
import type { Questions } from '../questions.js';
import type { LinkCounts } from '../stats.js';
import type { Bodies } from './bodies.js';
import type { Cursors } from './cursors.js';

export class NewsTaker {
  constructor(
    private readonly questions: Questions,
    private readonly bodies: Bodies,
    private readonly cursors: Cursors,
    private readonly life: Life,
    private readonly counts: LinkCounts,
  ) {}

  /** Until the link is over. @throws what the source said to a cursor that it never gave: `cursor-invalid` */
  async follow(from: number): Promise<void> {
    const inHand: Promise<void>[] = [];
    let before: Promise<void> = Promise.resolve();
    for (let after = from; ;) {
      const askedMs = this.life.surroundings.nowMs();
      const news = await this.questions.askPatiently('news', { after });
      checkWindow(news, after, news.ids.length);
      this.#note(news);
      if (news.upTo === after) {
        if (this.life.surroundings.nowMs() - askedMs < gossipLimits.longPollMsMax / 2) {
          await this.life.sleep(gossipLimits.idlePauseMs);
        }
        continue;
      }
      before = this.#take(news, before);
      inHand.push(before);
      // Its failure ends the link; here it must only not go unheard.
      before.catch(() => undefined);
      if (inHand.length >= gossipLimits.newsInHandMax) await inHand.shift();
      after = news.upTo;
    }
  }

  async #take({ ids, upTo }: Answered<'news'>, before: Promise<void>): Promise<void> {
    try {
      if (ids.length > 0) await this.bodies.bring(ids);
      await before;
      this.cursors.recordsUpTo(upTo);
    } catch (error) {
      this.life.fail(error);
      throw error;
    }
  }

  #note({ upTo, last, ageSeconds }: Answered<'news'>): void {
    this.counts.theirLast = last;
    this.counts.lagSeconds = upTo === last ? 0 : ageSeconds;
  }
}

/** A log only grows, and what was found lies behind the cursor. */
export function checkWindow(
  { upTo, last }: { readonly upTo: number; readonly last: number },
  after: number,
  found: number,
): void {
  if (upTo >= after + Math.min(found, 1) && last >= upTo) return;
  throw new HoldfastError('peer-misbehaved', `The peer answered ${upTo} of ${last} to a cursor of ${after}.`);
}
