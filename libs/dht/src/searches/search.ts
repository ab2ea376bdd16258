/**
 * One search: the own store, then ring by ring, hedged, then a flood beside them; it says what is new as it comes and
 * `done` exactly once. A record is found when one verifies; of a place whose content changes the answers of several
 * holders are compared (spec/dht.md, "Lookups").
 */
import type { Contact, Sender } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { ringTarget } from '../keys/ring-target.js';
import { dhtLimits } from '../limits.js';
import type { Lookup } from '../lookups/lookup.js';
import type { Lookups } from '../lookups/lookups.js';
import type { Item, Question } from '../messages/message.js';
import { itemsMaxOf } from '../messages/room.js';
import type { NodeContext, Timer } from '../node/context.js';
import type { FoundIn, VerifiedItem } from '../node/effect.js';
import { isForgery } from '../node/verifications.js';
import { compareItems, type ItemStore } from '../store/item-store.js';

/** What a flood brings: it has been verified. */
export interface FloodListener {
  found(items: readonly VerifiedItem[]): void;
  done(): void;
}

export interface OwnFlood {
  sent(): number;
  cancel(): void;
}

/** Undefined when no flood may begin now. */
export type BeginFlood = (question: Question, listener: FloodListener) => OwnFlood | undefined;

export interface SearchParts {
  readonly context: NodeContext;
  readonly lookups: Lookups;
  readonly store: ItemStore;
  readonly beginFlood: BeginFlood;
}

type Stage = 'local' | 'rings' | 'flood';

interface RingSearch {
  readonly ring: number;
  readonly target: Key;
  readonly lookup: Lookup;
  isOver: boolean;
}

export class Search {
  readonly #startedMs: number;
  readonly #rings: RingSearch[] = [];
  #flood: OwnFlood | undefined;
  #mayFlood = true;
  #isFlooding = false;
  #timers: Timer[] = [];
  /** What is being verified, or has been: whoever repeats it costs no second verification. */
  #checked: Set<Item> | undefined;
  #checking = 0;
  #found: VerifiedItem[] = [];
  #source: FoundIn | undefined;
  /** Who has given something that verified. */
  #holders = 0;
  #hops = 0;
  isOver = false;

  constructor(
    private readonly parts: SearchParts,
    readonly number: number,
    private readonly question: Question,
    private readonly among: readonly Stage[],
    private readonly ended: (search: Search) => void,
  ) {
    this.#startedMs = parts.context.nowMs;
  }

  begin(): void {
    const { context } = this.parts;
    const place = this.#place;
    if (place !== undefined && this.among.includes('local')) {
      const held = this.parts.store.read(place);
      if (held.length > 0) {
        const items = held.map(({ item }) => item);
        this.#source = { in: 'local' };
        if (place.kind === 'record') {
          this.#end(items);
          return;
        }
        this.#tell(items, false);
        // Whoever holds an announcement does not know whether it is true: it is not taken for one that was looked for.
        if (place.kind !== 'mailbox') this.#found = items;
      }
    }
    this.#timers.push(context.after(context.settings.searchMs, () => this.#end([])));
    this.#goOn();
  }

  hinted(target: Key, contacts: readonly Contact[]): void {
    for (const ring of this.#rings) if (ring.target.equals(target)) ring.lookup.hinted(contacts);
  }

  /** Without a word. */
  cancel(): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const timer of this.#timers) timer.cancel();
    for (const { lookup } of this.#rings) lookup.cancel();
    this.#flood?.cancel();
    this.ended(this);
  }

  get #place(): Place | undefined {
    return 'place' in this.question ? this.question.place : undefined;
  }

  /** Begins what comes next when nothing that was begun is going on. */
  #goOn(): void {
    if (this.isOver || this.#checking > 0) return;
    if (this.#holders > 0 && this.#rings.some(({ isOver }) => isOver)) {
      this.#end([]);
      return;
    }
    if (this.#rings.some(({ isOver }) => !isOver)) return;
    if (this.#beginRing()) return;
    if (this.#isFlooding || this.#beginFlood()) return;
    this.#end([]);
  }

  #beginRing(): boolean {
    const { context, lookups } = this.parts;
    const place = this.#place;
    const ring = this.#rings.length;
    if (place === undefined || !this.among.includes('rings') || ring >= context.settings.rings) return false;
    const target = ringTarget(place, ring);
    const lookup = lookups.make({
      target,
      place,
      width: context.settings.bucketSize,
      answered: (from, { items }, hops) => {
        if (items.length > 0) this.#given(items, { ...from, role: 'server' }, { in: 'ring', ring }, hops);
      },
      ended: () => {
        state.isOver = true;
        this.#goOn();
      },
    });
    const state: RingSearch = { ring, target, lookup, isOver: false };
    this.#rings.push(state);
    context.effect({ do: 'hint', search: this.number, target });
    const isLast = ring + 1 >= context.settings.rings;
    const delayMs = isLast ? context.settings.floodAfterMs : context.settings.hedgeMs;
    this.#timers.push(context.after(delayMs, () => this.#hedge(isLast)));
    lookups.begin(lookup);
    return true;
  }

  #hedge(withFlood: boolean): void {
    if (this.isOver || this.#holders > 0) return;
    if (withFlood) this.#beginFlood();
    else this.#beginRing();
  }

  #beginFlood(): boolean {
    if (!this.#mayFlood || !this.among.includes('flood')) return false;
    this.#mayFlood = false;
    this.#isFlooding = true;
    this.#flood = this.parts.beginFlood(this.question, {
      found: (items) => {
        this.#holders++;
        for (const item of items) if (!this.isOver) this.#verified(item, { in: 'flood' }, 0);
        this.#settleSoon();
      },
      done: () => {
        this.#isFlooding = false;
        this.#goOn();
      },
    });
    if (this.#flood === undefined) this.#isFlooding = false;
    return this.#isFlooding;
  }

  /** One after another: after the first forgery the rest of the answer is not worth looking at. */
  #given(items: readonly Item[], from: Sender, source: FoundIn, hops: number): void {
    const looked = items.slice(0, itemsMaxOf(this.question, this.parts.context.settings));
    let at = 0;
    let isHolder = false;
    const holds = (): void => {
      if (!isHolder) this.#holders++;
      isHolder = true;
    };
    const goOn = (): void => {
      while (at < looked.length && !this.isOver) {
        const item = looked[at++]!;
        if (this.#found.some((found) => found.item === item)) holds();
        else if (this.#mayCheck(item)) return check(item);
      }
      this.#settleSoon();
    };
    const check = (item: Item): void => {
      this.#checking++;
      this.parts.context.verify(item, this.question, from, (verdict) => {
        this.#checking--;
        if (this.isOver) return;
        if (verdict.ok) {
          holds();
          this.#verified(verdict.item, source, hops);
        } else if (isForgery(verdict.code)) at = looked.length;
        goOn();
      });
    };
    goOn();
  }

  #mayCheck(item: Item): boolean {
    const checked = (this.#checked ??= new Set<Item>());
    if (checked.has(item) || checked.size >= dhtLimits.checksPerSearchMax) return false;
    checked.add(item);
    return true;
  }

  #verified(item: VerifiedItem, source: FoundIn, hops: number): void {
    if (this.#found.some(({ id }) => id.equals(item.id))) return;
    const place = this.#place;
    if (place?.kind === 'head') {
      if (this.#found.length > 0 && compareItems(item, this.#found[0]!) < 0) return;
      this.#found.length = 0;
    } else if (this.#found.length >= this.#wanted) return;
    this.#found.push(item);
    this.#source = source;
    this.#hops = Math.max(this.#hops, hops);
    if (place?.kind !== 'record') {
      this.#tell([item], false);
      return;
    }
    this.#leaveCopy(item, place, source);
    this.#end([item]);
  }

  /** After answers and verdicts: enough is enough, and what is over may have a next step. */
  #settleSoon(): void {
    if (this.isOver || this.#checking > 0) return;
    const isEnough =
      this.#place === undefined
        ? this.#found.length >= this.#wanted
        : this.#holders >= this.parts.context.settings.holdersCompared;
    if (isEnough) this.#end([]);
    else this.#goOn();
  }

  get #wanted(): number {
    return 'place' in this.question ? dhtLimits.itemsPerMessageMax : this.question.limit;
  }

  /** At the last one on the way that did not have it: who comes after finds it a step earlier. */
  #leaveCopy(item: VerifiedItem, place: Place, source: FoundIn): void {
    if (source.in !== 'ring') return;
    const { ring, lookup } = this.#rings[source.ring]!;
    const at = lookup.closestWithout;
    if (at === undefined) return;
    const { cacheTtlMs } = this.parts.context.settings;
    this.parts.context.ask(
      at,
      { kind: 'store', place, ring, items: [item.item], cached: true, leftSeconds: cacheTtlMs / 1_000 },
      () => {},
    );
  }

  #end(items: readonly VerifiedItem[]): void {
    if (this.isOver) return;
    this.#tell(items, true);
    this.cancel();
  }

  #tell(items: readonly VerifiedItem[], done: boolean): void {
    const { context } = this.parts;
    let messages = this.#flood?.sent() ?? 0;
    for (const { lookup } of this.#rings) messages += lookup.messages;
    context.effect({
      do: 'found',
      search: this.number,
      items,
      source: this.#source,
      done,
      cost: { messages, hops: this.#hops, elapsedMs: context.nowMs - this.#startedMs },
    });
  }
}
