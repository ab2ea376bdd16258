/**
 * Siblings hold the same of what both should hold (spec/dht.md, "Sibling repair"): from time to time one of them is asked
 * whether the hash over it is the same, and if it is not, page by page what is lacking on either side. What comes in is
 * verified and wanted before it is kept. How much one time may cost is bounded, whatever the other side answers.
 */
import type { Contact, Sender } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { dhtLimits } from '../limits.js';
import { TokenBuckets } from '../load/token-buckets.js';
import type { Item, ItemMark, LackedItem, RefusalCode, Request } from '../messages/message.js';
import { MessageRoom } from '../messages/room.js';
import type { NodeContext } from '../node/context.js';
import type { VerifiedItem } from '../node/effect.js';
import { compareMarks, digestOf, isInRange, isPage } from './marks.js';
import { RepairTurn } from './repair-turn.js';

/** Held here, and not only as a cached copy. */
export interface SharedItem extends ItemMark {
  readonly item: Item;
  /** One in which both are to hold it. */
  readonly ring: number;
  /** How long it is still kept here if nobody reads it. */
  readonly leftSeconds: number;
}

/** What repair needs of the node's table and store. Announcements of mailboxes are nobody's to hand on, and never in it. */
export interface RepairPort {
  /** The nearest first. */
  siblings(): readonly Contact[];
  /** What is held here of what the sibling should hold as well, in any order. */
  shared(sibling: Contact): SharedItem[];
  /** It is not held here, both should hold it, and it would be kept if it came. */
  wants(mark: ItemMark, sibling: Contact): boolean;
  keep(place: Place, item: VerifiedItem, leftSeconds: number, sibling: Contact): void;
}

type DigestRequest = Extract<Request, { kind: 'digest' }>;
type MarksRequest = Extract<Request, { kind: 'marks' }>;

export class Repair {
  /** When a sibling was last compared with; only of those that are siblings still. */
  #comparedMs = new Map<string, number>();
  #turn: RepairTurn | undefined;
  #answeredFor:
    { readonly sibling: string; readonly atMs: number; readonly shared: readonly SharedItem[] } | undefined;
  readonly #asked = new TokenBuckets(
    { perSecond: 1_000 / dhtLimits.repairListMs, burst: dhtLimits.repairPagesMax + 16 },
    dhtLimits.loadContactsMax,
  );

  constructor(
    private readonly context: NodeContext,
    private readonly port: RepairPort,
  ) {}

  /** From now on, for as long as the node lives. */
  begin(): void {
    this.#later(0.5);
  }

  digest(from: Sender, { n, hash, count }: DigestRequest): void {
    const shared = this.#sharedFor(from, n);
    if (shared === undefined) return;
    const isSame = count === shared.length && digestOf(shared).equals(hash);
    if (isSame) this.#answeredFor = undefined;
    this.context.reply(from, { kind: 'same', n, same: isSame });
  }

  marks(from: Sender, request: MarksRequest): void {
    const { n, marks } = request;
    if (marks.length > dhtLimits.marksPerMessageMax || !isPage(marks, request)) {
      this.context.reply(from, { kind: 'refused', n, code: 'invalid' });
      return;
    }
    const shared = this.#sharedFor(from, n);
    if (shared === undefined) return;
    const theirs = new Set(marks.map(markName));
    const items: LackedItem[] = [];
    const room = new MessageRoom();
    let isLast = request.upTo === undefined;
    for (const mine of shared) {
      if (!isInRange(mine, request) || theirs.has(markName(mine))) continue;
      // Not the next smaller one instead: whoever asks goes on after the last that it was given.
      if (!room.take(mine.item)) {
        isLast = false;
        break;
      }
      items.push({ place: mine.place, item: mine.item, leftSeconds: mine.leftSeconds });
    }
    if (isLast) this.#answeredFor = undefined;
    this.context.reply(from, { kind: 'lacking', n, wanted: this.#wantedOf(marks, from), items });
  }

  #wantedOf(marks: readonly ItemMark[], from: Sender): Key[] {
    const wanted: Key[] = [];
    for (const mark of marks) {
      if (wanted.length >= dhtLimits.repairGiftsMax) break;
      if (this.port.wants(mark, from)) wanted.push(mark.id);
    }
    return wanted;
  }

  #later(jitterFrom: number): void {
    const delayMs = this.context.settings.siblingSyncMs * (jitterFrom + 0.5 * this.context.random());
    this.context.after(delayMs, () => {
      this.#compare();
      this.#later(0.75);
    });
  }

  /** The one that has waited longest; those that never had a turn first, of them the nearest. */
  #compare(): void {
    this.#turn?.end();
    if (this.context.role === 'observer') return;
    const siblings = this.port.siblings();
    const known = this.#comparedMs;
    this.#comparedMs = new Map();
    let next: Contact | undefined;
    let nextMs = Infinity;
    for (const sibling of siblings) {
      const { text } = sibling.id;
      const atMs = known.get(text) ?? -1;
      if (atMs >= 0) this.#comparedMs.set(text, atMs);
      if (atMs < nextMs) [next, nextMs] = [sibling, atMs];
    }
    if (next === undefined) return;
    this.#comparedMs.set(next.id.text, this.context.nowMs);
    this.#turn = new RepairTurn(this.context, this.port, next, () => (this.#turn = undefined));
    this.#turn.begin();
  }

  /** In their order; undefined when it was refused. */
  #sharedFor(from: Sender, n: number): readonly SharedItem[] | undefined {
    const { context } = this;
    const sibling = from.id.text;
    const refusal = this.#refusalOf(from);
    if (refusal !== undefined) {
      context.reply(from, { kind: 'refused', n, code: refusal });
      return undefined;
    }
    const last = this.#answeredFor;
    if (last?.sibling === sibling && context.nowMs - last.atMs < dhtLimits.repairListMs) return last.shared;
    const shared = this.port.shared(from).sort(compareMarks);
    this.#answeredFor = { sibling, atMs: context.nowMs, shared };
    return shared;
  }

  /** With who is no sibling nothing is shared: it is not worth finding that out item by item. */
  #refusalOf(from: Sender): RefusalCode | undefined {
    if (this.context.role === 'observer') return 'observer';
    if (!this.port.siblings().some(({ id }) => id.equals(from.id))) return 'unwanted';
    return this.#asked.take(from.id.text, 1, this.context.nowMs) ? undefined : 'busy';
  }
}

const markName = ({ id, place }: ItemMark): string => `${id.text} ${place.kind} ${place.key.text}`;
