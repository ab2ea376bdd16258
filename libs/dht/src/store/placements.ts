/**
 * Brings items to the closest of every ring: what is published; what is pinned here again from time to time, for whoever
 * came later or was forgotten; and what nobody had when it was looked for, once it has come from elsewhere
 * (spec/dht.md, "Storing and fading").
 */
import type { Contact } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { ringTarget } from '../keys/ring-target.js';
import { dhtLimits } from '../limits.js';
import type { Lookups } from '../lookups/lookups.js';
import type { NodeContext } from '../node/context.js';
import type { VerifiedItem } from '../node/effect.js';
import { inOrderOfChoice, withSelf } from './copies.js';
import type { Held } from './held.js';
import type { ItemStore } from './item-store.js';

export interface PlacementParts {
  readonly context: NodeContext;
  readonly lookups: Lookups;
  readonly store: ItemStore;
}

/** Who should hold a record that nobody had, ring by ring, and until when that is remembered. */
interface Missed {
  readonly closest: readonly (readonly Contact[])[];
  readonly untilMs: number;
}

/** One item that is on its way to those who should hold it. */
interface Bringing {
  readonly place: Place;
  readonly item: VerifiedItem;
  readonly held: Held | undefined;
  /** Who is known to hold it is not asked again. */
  readonly isAgain: boolean;
  isOff: boolean;
}

/** How many nodes hold it, in every ring. */
type Ended = (copies: readonly number[]) => void;

export class Placements {
  #begun = 0;
  /** Who waits for what is being brought: whoever stores the same once more waits with them. */
  #waiting: Map<string, Ended[]> | undefined;
  #open: Set<Bringing> | undefined;
  /** What is to be brought again, one after another. */
  readonly #again = new Set<Held>();
  #isBringingAgain = false;
  /** By the text of the place's key. */
  #missed: Map<string, Missed> | undefined;

  constructor(private readonly parts: PlacementParts) {}

  /** Answers the store's number. */
  store(place: Place, item: VerifiedItem, isPinned: boolean): number {
    const { context, store } = this.parts;
    const number = ++this.#begun;
    store.put(place, item, { isCached: !isPinned, isPinned, leftMs: context.settings.ttlMs });
    this.#bringOnce(place, item, isPinned, (copies) =>
      context.effect({ do: 'stored', store: number, copies }),
    );
    return number;
  }

  #bringOnce(place: Place, item: VerifiedItem, isPinned: boolean, ended: Ended): void {
    const waiting = (this.#waiting ??= new Map<string, Ended[]>());
    const name = `${place.kind} ${place.key.text} ${item.id.text} ${isPinned}`;
    const others = waiting.get(name);
    if ((others?.length ?? this.#openCount) >= dhtLimits.storesMax) return ended([]);
    if (others !== undefined) return void others.push(ended);
    const all = [ended];
    waiting.set(name, all);
    this.#bring(place, item, isPinned, false, (copies) => {
      waiting.delete(name);
      for (const each of all) each(copies);
    });
  }

  /** To those of the closest that are not known to hold it. */
  bringAgain(held: Held): void {
    this.#again.add(held);
    this.#bringNext();
  }

  /** It has been retracted: it is not brought any further, and not kept here for having been on its way. */
  dropped(place: Place, id: Key): void {
    for (const bringing of this.#open ?? []) {
      const { kind, key } = bringing.place;
      if (kind === place.kind && key.equals(place.key) && bringing.item.id.equals(id)) bringing.isOff = true;
    }
  }

  /** Nobody had this record; who has it by now is not told so by the search. */
  missed(place: Place, closest: readonly (readonly Contact[])[]): void {
    const { context, store } = this.parts;
    const held = store.at(place)[0];
    if (held !== undefined) return this.#bringTo(held, closest);
    const missed = (this.#missed ??= new Map<string, Missed>());
    if (missed.size >= dhtLimits.missedMax) missed.delete(missed.keys().next().value!);
    missed.set(place.key.text, { closest, untilMs: context.nowMs + dhtLimits.missedMs });
  }

  /** It is kept here now: if it was missed just before, those who should have it get it. */
  cameIn(place: Place): void {
    if (place.kind !== 'record') return;
    const missed = this.#missed?.get(place.key.text);
    if (missed === undefined) return;
    this.#missed!.delete(place.key.text);
    const { context, store } = this.parts;
    const held = store.at(place)[0];
    if (held !== undefined && missed.untilMs > context.nowMs) this.#bringTo(held, missed.closest);
  }

  /** Without looking for them: they were just found. */
  #bringTo(held: Held, closest: readonly (readonly Contact[])[]): void {
    if (this.#openCount >= dhtLimits.storesMax) return;
    const { place, item } = held;
    const bringing = this.#begin({ place, item, held, isAgain: true });
    let open = closest.length;
    const ended = (): void => {
      if (--open === 0) this.#open?.delete(bringing);
    };
    for (const [ring, contacts] of closest.entries()) {
      new Placing(this.parts, bringing, ring, ended).begin(held.target(ring), contacts);
    }
  }

  #bringNext(): void {
    if (this.#isBringingAgain) return;
    const held = this.#takeAgain();
    if (held === undefined) return;
    this.#isBringingAgain = true;
    this.#bring(held.place, held.item, true, true, () => {
      this.#isBringingAgain = false;
      this.#bringNext();
    });
  }

  /** Some that were to be brought may be held no longer, or no longer be pinned. */
  #takeAgain(): Held | undefined {
    for (const held of this.#again) {
      this.#again.delete(held);
      if (held.isPinned && this.parts.store.find(held.place, held.item.id) === held) return held;
    }
    return undefined;
  }

  get #openCount(): number {
    return this.#open?.size ?? 0;
  }

  #begin(bringing: Omit<Bringing, 'isOff'>): Bringing {
    const open = (this.#open ??= new Set<Bringing>());
    const begun = { ...bringing, isOff: false };
    open.add(begun);
    return begun;
  }

  #bring(place: Place, item: VerifiedItem, isPinned: boolean, isAgain: boolean, ended: Ended): void {
    const { lookups, context, store } = this.parts;
    const { rings, ringsPinned, bucketSize } = context.settings;
    const copies = new Array<number>(isPinned ? ringsPinned : rings).fill(0);
    const held = store.find(place, item.id);
    const bringing = this.#begin({ place, item, held, isAgain });
    let open = copies.length;
    for (let ring = 0; ring < copies.length; ring++) {
      const target = held?.target(ring) ?? ringTarget(place, ring);
      const lookup = lookups.make({
        target,
        width: bucketSize,
        ended: (closest) => {
          const placing = new Placing(this.parts, bringing, ring, (count) => {
            copies[ring] = count;
            if (--open > 0) return;
            this.#open?.delete(bringing);
            ended(copies);
          });
          placing.begin(target, closest);
        },
      });
      lookups.begin(lookup);
    }
  }
}

/** One item and one ring: asks the closest to keep it, and others in the place of those that do not. */
class Placing {
  #copies = 0;
  #open = 0;
  #next = 0;
  #choice: readonly Contact[] = [];

  constructor(
    private readonly parts: PlacementParts,
    private readonly bringing: Bringing,
    private readonly ring: number,
    private readonly ended: (copies: number) => void,
  ) {}

  begin(target: Key, closest: readonly Contact[]): void {
    const { context } = this.parts;
    const all = context.role === 'server' ? withSelf(closest, context.self, target) : closest;
    this.#choice = inOrderOfChoice(all, context.settings);
    this.#goOn();
  }

  #goOn(): void {
    const { context } = this.parts;
    const { isAgain, held } = this.bringing;
    while (
      !this.bringing.isOff &&
      this.#copies + this.#open < context.settings.copiesPerRing &&
      this.#next < this.#choice.length
    ) {
      const contact = this.#choice[this.#next++]!;
      if (contact === context.self) this.#keepHere();
      else if (isAgain && held?.isTold(contact.id) === true) this.#copies++;
      else this.#ask(contact);
    }
    if (this.#open === 0) this.ended(this.#copies);
  }

  #keepHere(): void {
    const { store, context } = this.parts;
    const { ring } = this;
    const { place, item } = this.bringing;
    const kept = store.put(place, item, { isCached: false, ring, leftMs: context.settings.ttlMs });
    if (kept !== 'kept' && kept !== 'known') return;
    this.#copies++;
    // Those that take it now have it for as long, also where it was kept here before as a copy on the way.
    const held = store.find(place, item.id);
    const { nowMs, settings } = context;
    if (held !== undefined) held.toldUntilMs = nowMs + held.leftMs(nowMs, settings.ttlMs);
  }

  #ask(contact: Contact): void {
    const { place, item } = this.bringing;
    const { ring } = this;
    const { context, store } = this.parts;
    this.#open++;
    context.ask(contact, { kind: 'store', place, ring, items: [item.item], cached: false }, (answer) => {
      this.#open--;
      if (typeof answer !== 'string' && answer.kind === 'stored') {
        this.#copies++;
        // It may be kept here only since it was begun.
        store.find(place, item.id)?.tell(contact.id);
      }
      this.#goOn();
    });
  }
}
