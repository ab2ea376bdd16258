/**
 * One search: the own store, then ring by ring, hedged, then a flood beside them; it says what is new as it comes and
 * `done` exactly once. A record is found when one verifies; of a place whose content changes the answers of several
 * holders are compared. Of a record that no ring has it says who should have it (spec/dht.md, "Lookups").
 */
import type { Contact, Sender } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { ringTarget } from '../keys/ring-target.js';
import { dhtLimits } from '../limits.js';
import type { Lookup } from '../lookups/lookup.js';
import type { Lookups } from '../lookups/lookups.js';
import type { Item, Question } from '../messages/message.js';
import type { NodeContext, Timer } from '../node/context.js';
import type { FoundIn, VerifiedItem } from '../node/effect.js';
import { compareItems, type ItemStore } from '../store/item-store.js';
import { ItemChecks } from './item-checks.js';

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
  /** A record that nobody in any ring has: `closest` are those who should, ring by ring. */
  readonly missed: (place: Place, closest: readonly (readonly Contact[])[]) => void;
}

type Stage = 'local' | 'rings' | 'flood';

interface RingSearch {
  readonly ring: number;
  readonly target: Key;
  readonly lookup: Lookup;
  /** Those that answered, once it is over. */
  closest: readonly Contact[] | undefined;
}

export class Search {
  readonly #startedMs: number;
  readonly #rings: RingSearch[] = [];
  #flood: OwnFlood | undefined;
  #mayFlood = true;
  #isFlooding = false;
  #timers: Timer[] = [];
  readonly #checks: ItemChecks;
  #found: VerifiedItem[] = [];
  #source: FoundIn | undefined;
  /** Who has given something that verified. */
  #holders = 0;
  #hops = 0;
  #hasComeOtherwise = false;
  #isSilent = false;
  isOver = false;

  constructor(
    private readonly parts: SearchParts,
    readonly number: number,
    private readonly question: Question,
    private readonly among: readonly Stage[],
    private readonly ended: (search: Search) => void,
  ) {
    this.#startedMs = parts.context.nowMs;
    this.#checks = new ItemChecks(parts.context, question, () => this.isOver);
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

  /** What is looked for is here now, from elsewhere: from an archive, say. */
  cameOtherwise(place: Place): void {
    const own = this.#place;
    if (own?.kind === 'record' && place.kind === 'record' && own.key.equals(place.key)) {
      this.#hasComeOtherwise = true;
    }
  }

  /** Nothing is said any more. Whether the rings lack what has come from elsewhere is still found out, without a flood. */
  cancel(): void {
    this.#isSilent = true;
    if (!this.#hasComeOtherwise || this.#holders > 0 || !this.#asksRings) return this.#over();
    this.#mayFlood = false;
    this.#flood?.cancel();
    this.#isFlooding = false;
    this.#goOn();
  }

  #over(): void {
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

  get #asksRings(): boolean {
    return this.#place !== undefined && this.among.includes('rings');
  }

  /** Begins what comes next when nothing that was begun is going on. */
  #goOn(): void {
    if (this.isOver || this.#checks.areOpen) return;
    if (this.#holders > 0 && this.#rings.some(({ closest }) => closest !== undefined)) {
      this.#end([]);
      return;
    }
    if (this.#rings.some(({ closest }) => closest === undefined)) return;
    if (this.#beginRing()) return;
    if (this.#isFlooding || this.#beginFlood()) return;
    this.#end([]);
  }

  #beginRing(): boolean {
    const { context, lookups } = this.parts;
    const place = this.#place;
    const ring = this.#rings.length;
    if (place === undefined || !this.#asksRings || ring >= context.settings.rings) return false;
    const target = ringTarget(place, ring);
    const lookup = lookups.make({
      target,
      place,
      width: context.settings.bucketSize,
      answered: (from, { items }, hops) => {
        if (items.length > 0) this.#given(items, { ...from, role: 'server' }, { in: 'ring', ring }, hops);
      },
      ended: (closest) => {
        state.closest = closest;
        this.#goOn();
      },
    });
    const state: RingSearch = { ring, target, lookup, closest: undefined };
    this.#rings.push(state);
    if (ring === 0) context.effect({ do: 'asks', search: this.number, whom: 'rings' });
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
    else this.parts.context.effect({ do: 'asks', search: this.number, whom: 'flood' });
    return this.#isFlooding;
  }

  #given(items: readonly Item[], from: Sender, source: FoundIn, hops: number): void {
    this.#checks.check(items, from, {
      isFound: (item) => this.#found.some((found) => found.item === item),
      holds: () => this.#holders++,
      verified: (item) => this.#verified(item, source, hops),
      looked: () => this.#settleSoon(),
    });
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
    if (this.isOver || this.#checks.areOpen) return;
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
    if (!this.#isSilent) this.#tell(items, true);
    this.#over();
    this.#tellMissed();
  }

  /** Only when every ring has been looked through: somebody may hold it who was not asked. */
  #tellMissed(): void {
    const place = this.#place;
    const isFound = this.#source !== undefined && this.#source.in !== 'flood';
    if (place?.kind !== 'record' || isFound || this.#rings.length < this.parts.context.settings.rings) return;
    const closest = this.#rings.flatMap((ring) => (ring.closest === undefined ? [] : [ring.closest]));
    if (closest.length === this.#rings.length) this.parts.missed(place, closest);
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
