/**
 * One sibling's turn: a small question when both hold the same, else pages of marks until the other side has said what is
 * lacking. It goes on only while that brings something, and no longer than a turn may take.
 */
import type { Contact } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import type { Answer, LackedItem } from '../messages/message.js';
import type { NoAnswer, NodeContext } from '../node/context.js';
import { compareKeys, compareMarks, digestOf, pageOf, type MarksPage } from './marks.js';
import type { RepairPort, SharedItem } from './repair.js';

type Lacking = Extract<Answer, { kind: 'lacking' }>;

export class RepairTurn {
  readonly #shared: readonly SharedItem[];
  readonly #gifts: SharedItem[] = [];
  #pages = 0;
  #hasEnded = false;

  constructor(
    private readonly context: NodeContext,
    private readonly port: RepairPort,
    private readonly sibling: Contact,
    private readonly ended: () => void,
  ) {
    this.#shared = port.shared(sibling).sort(compareMarks);
  }

  begin(): void {
    const request = { kind: 'digest', hash: digestOf(this.#shared), count: this.#shared.length } as const;
    this.context.ask(this.sibling, request, (answer) => {
      if (typeof answer === 'object' && answer.kind === 'same' && !answer.same)
        this.#askPage(undefined, false);
      else this.end();
    });
  }

  /** Whatever still comes is not listened to. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.ended();
  }

  #askPage(after: Key | undefined, isSmall: boolean): void {
    if (this.#pages++ >= dhtLimits.repairPagesMax) return this.#give();
    const max = isSmall ? dhtLimits.repairPageSmall : dhtLimits.marksPerMessageMax;
    const page = pageOf(this.#shared, after, max);
    const marks = page.marks.map(({ place, id, iat }) => ({ place, id, iat }));
    this.context.ask(this.sibling, { kind: 'marks', ...page, marks }, (answer) =>
      this.#answered(page, answer),
    );
  }

  #answered(page: MarksPage<SharedItem>, answer: Answer | NoAnswer): void {
    if (this.#hasEnded) return;
    if (typeof answer !== 'object' || answer.kind !== 'lacking') return this.end();
    for (const mark of page.marks) {
      if (this.#gifts.length >= dhtLimits.repairGiftsMax) break;
      if (answer.wanted.some((id) => id.equals(mark.id))) this.#gifts.push(mark);
    }
    this.#take(answer, (newest) => {
      const last = newest === undefined || isAfter(newest, page.after) ? newest : undefined;
      const isFull = isFullAnswer(answer);
      // A full answer has perhaps left some out; if nothing in it was of use, more of it would not be either.
      if (isFull && last === undefined) return this.#give();
      const after = isFull ? last : page.upTo;
      if (after === undefined) this.#give();
      else this.#askPage(after, isFull);
    });
  }

  /** Calls back with the last id in the page that is new here. */
  #take({ items }: Lacking, taken: (last: Key | undefined) => void): void {
    const { context, port, sibling } = this;
    const looked = items.slice(0, dhtLimits.itemsPerMessageMax);
    let open = looked.length;
    let last: Key | undefined;
    if (open === 0) return taken(undefined);
    for (const { place, item, leftSeconds } of looked) {
      context.verify(item, { place }, { ...sibling, role: 'server' }, (verdict) => {
        if (this.#hasEnded) return;
        if (verdict.ok && port.wants({ place, id: verdict.item.id, iat: verdict.item.iat }, sibling)) {
          port.keep(place, verdict.item, leftSeconds, sibling);
          if (last === undefined || compareKeys(verdict.item.id, last) > 0) last = verdict.item.id;
        }
        if (--open === 0) taken(last);
      });
    }
  }

  /** One by one, so that the sibling's limits are felt. */
  #give(): void {
    const gift = this.#gifts.shift();
    if (gift === undefined) return this.end();
    const { place, ring, item, leftSeconds } = gift;
    this.context.ask(
      this.sibling,
      { kind: 'store', place, ring, items: [item], cached: false, leftSeconds },
      (answer) => {
        if (typeof answer === 'object' && answer.kind === 'stored' && !this.#hasEnded) this.#give();
        else this.end();
      },
    );
  }
}

const isAfter = (id: Key, after: Key | undefined): boolean =>
  after === undefined || compareKeys(id, after) > 0;

/** As many as a message holds, or so large that another one of the largest would not have fitted. */
function isFullAnswer({ items }: Lacking): boolean {
  const bytes = items.reduce((sum: number, { item }: LackedItem) => sum + item.length, 0);
  return items.length >= dhtLimits.itemsPerMessageMax || bytes >= dhtLimits.messageBytesMax / 2;
}
