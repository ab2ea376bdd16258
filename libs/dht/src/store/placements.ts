/**
 * Brings items to the closest of every ring and keeps them there: what is pinned here is looked after wherever it lies,
 * what lies here is handed on to those that have come closer (spec/dht.md, "Storing and fading").
 */
import type { Contact, Sender } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import { compareDistance, type Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { ringTarget } from '../keys/ring-target.js';
import { dhtLimits } from '../limits.js';
import type { Lookups } from '../lookups/lookups.js';
import type { Request } from '../messages/message.js';
import type { NodeContext } from '../node/context.js';
import type { VerifiedItem } from '../node/effect.js';
import { inOrderOfChoice, withSelf } from './copies.js';
import type { Held } from './held.js';
import type { ItemStore } from './item-store.js';

export interface PlacementParts {
  readonly context: NodeContext;
  readonly lookups: Lookups;
  readonly store: ItemStore;
  readonly table: RoutingTable;
}

type StoreRequest = Extract<Request, { kind: 'store' }>;

/** What is being brought to the rings. */
interface Placing {
  readonly place: Place;
  readonly item: VerifiedItem;
  /** Who is told is remembered with it. */
  readonly held: Held | undefined;
  readonly copies: number[];
  /** Rings that are not over. */
  open: number;
  ended(copies: readonly number[]): void;
}

export class Placements {
  #begun = 0;

  constructor(private readonly parts: PlacementParts) {}

  /** Answers the store's number. */
  store(place: Place, item: VerifiedItem, isPinned: boolean): number {
    const { context, store } = this.parts;
    const { settings } = context;
    const number = ++this.#begun;
    store.put(place, item, { isCached: !isPinned, isPinned, leftMs: settings.ttlMs });
    this.#place(place, item, isPinned ? settings.ringsPinned : settings.rings, (copies) =>
      context.effect({ do: 'stored', store: number, copies }),
    );
    return number;
  }

  #place(place: Place, item: VerifiedItem, rings: number, ended: Placing['ended']): void {
    const { lookups, context, store } = this.parts;
    const held = store.find(place, item.id);
    const placing: Placing = {
      place,
      item,
      held,
      copies: new Array<number>(rings).fill(0),
      open: rings,
      ended,
    };
    for (let ring = 0; ring < rings; ring++) {
      const target = ringTarget(place, ring);
      lookups.begin(
        lookups.make({
          target,
          width: context.settings.bucketSize,
          ended: (closest) => this.#placeInRing(placing, ring, target, closest),
        }),
      );
    }
  }

  #placeInRing(placing: Placing, ring: number, target: Key, closest: readonly Contact[]): void {
    const { context, store } = this.parts;
    const all = context.role === 'server' ? withSelf(closest, context.self, target) : closest;
    const { copiesPerRing, ttlMs } = context.settings;
    const choice = inOrderOfChoice(all, context.settings);
    let next = 0;
    let open = 0;
    const goOn = (): void => {
      while (placing.copies[ring]! + open < copiesPerRing && next < choice.length) {
        const contact = choice[next++]!;
        if (contact === context.self) {
          const kept = store.put(placing.place, placing.item, { isCached: false, ring, leftMs: ttlMs });
          if (kept === 'kept' || kept === 'known') placing.copies[ring]!++;
          continue;
        }
        open++;
        const { place, item } = placing;
        context.ask(contact, { kind: 'store', place, ring, items: [item.item], cached: false }, (answer) => {
          open--;
          if (typeof answer !== 'string' && answer.kind === 'stored') {
            placing.copies[ring]!++;
            if (placing.held !== undefined) tell(placing.held, contact);
          }
          goOn();
        });
      }
      if (open > 0) return;
      if (--placing.open === 0) placing.ended(placing.copies);
    };
    goOn();
  }

  received(from: Sender, request: StoreRequest): void {
    const { context } = this.parts;
    const refuse = (code: 'invalid' | 'full'): void =>
      context.reply(from, { kind: 'refused', n: request.n, code });
    const { items, ring, place } = request;
    if (items.length === 0 || items.length > dhtLimits.itemsPerMessageMax || ring >= dhtLimits.ringsMax) {
      context.misbehaved(from, 'invalid-message');
      refuse('invalid');
      return;
    }
    if (!request.cached && !this.#isNear(ringTarget(place, ring))) {
      context.misbehaved(from, 'out-of-ring');
      refuse('invalid');
      return;
    }
    new Receiving(this.parts, from, request).begin();
  }

  /** Whether this node is among those that somebody whose view is a little different may take for the closest. */
  #isNear(target: Key): boolean {
    const { table, context } = this.parts;
    const { siblings } = context.settings;
    const closest = table.closest(target, siblings);
    const last = closest[siblings - 1];
    return last === undefined || compareDistance(target, context.self.id, last.id) < 0;
  }
}

function tell(held: Held, contact: Contact): void {
  if (held.isToldTo(contact)) return;
  const told = (held.told ??= []);
  if (told.length >= dhtLimits.toldMax) told.shift();
  told.push(contact.id);
}

/** The items of one request to store, until the last of them is verified. */
class Receiving {
  #open = 1;
  #kept = 0;
  #forged = 0;

  constructor(
    private readonly parts: PlacementParts,
    private readonly from: Sender,
    private readonly request: StoreRequest,
  ) {}

  begin(): void {
    const { context, store } = this.parts;
    const { place, items } = this.request;
    const held = store.at(place);
    for (const item of items) {
      const known = held.find((each) => each.item.item === item);
      if (known !== undefined) {
        this.#keep(known.item);
        continue;
      }
      this.#open++;
      context.verify(item, { place }, this.from, (verdict) => {
        if (verdict.ok) this.#keep(verdict.item);
        else this.#forged++;
        this.#settled();
      });
    }
    this.#settled();
  }

  #keep(item: VerifiedItem): void {
    const { store, context } = this.parts;
    const { place, ring, cached, leftSeconds } = this.request;
    const leftMs = leftSeconds === undefined ? context.settings.ttlMs : leftSeconds * 1_000;
    const kept = store.put(place, item, { isCached: cached, leftMs, ...(cached ? {} : { ring }) });
    if (kept !== 'full' && kept !== 'expired') this.#kept++;
    if (cached || this.from.role !== 'server') return;
    const held = store.find(place, item.id);
    if (held !== undefined) tell(held, this.from);
  }

  #settled(): void {
    if (--this.#open > 0) return;
    const { n } = this.request;
    const { context } = this.parts;
    if (this.#kept > 0) context.reply(this.from, { kind: 'stored', n });
    else context.reply(this.from, { kind: 'refused', n, code: this.#forged > 0 ? 'invalid' : 'full' });
  }
}
