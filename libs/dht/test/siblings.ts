/** Nodes that are each other's siblings, with small stores, for tests of repair. Every third place is not shared. */
import type { Contact } from '../src/contacts/contact.js';
import type { Place } from '../src/keys/place.js';
import { placeName } from '../src/keys/place.js';
import { dhtSettings, type DhtSettings } from '../src/limits.js';
import type { Item, ItemMark } from '../src/messages/message.js';
import type { VerifiedItem } from '../src/node/effect.js';
import { Repair, type RepairPort, type SharedItem } from '../src/repair/repair.js';
import { keyOf, PartWorld, verdictOf, type PartNode } from './part-world.js';

export const recordAt = (id: number): Place => ({ kind: 'record', key: keyOf(id) });
export const headAt = (id: number): Place => ({ kind: 'head', key: keyOf(id % 100) });

interface Entry {
  readonly place: Place;
  readonly item: VerifiedItem;
  readonly untilMs: number;
}

export const isShared = ({ key }: Place): boolean => key.head % 3 !== 0;

export class Sibling implements RepairPort {
  readonly held = new Map<string, Entry>();
  readonly repair: Repair;
  neighbours: readonly Contact[] = [];

  constructor(readonly node: PartNode) {
    this.repair = new Repair(node, this);
    node.onRequest = (from, request) => {
      if (request.kind === 'digest') this.repair.digest(from, request);
      if (request.kind === 'marks') this.repair.marks(from, request);
      if (request.kind !== 'store') return;
      for (const item of request.items) this.put(request.place, item, request.leftSeconds);
      node.reply(from, { kind: 'stored', n: request.n });
    };
  }

  /** Whether it verifies. */
  put(place: Place, item: Item, leftSeconds = 3_600): boolean {
    const verdict = verdictOf(item, { place });
    if (!verdict.ok) return false;
    if (this.#isNew(place, verdict.item)) this.keep(place, verdict.item, leftSeconds);
    return true;
  }

  siblings(): readonly Contact[] {
    return this.neighbours;
  }

  shared(): SharedItem[] {
    return [...this.held.values()]
      .filter(({ place }) => isShared(place))
      .map(({ place, item, untilMs }) => ({
        place,
        id: item.id,
        iat: item.iat,
        item: item.item,
        ring: 0,
        leftSeconds: Math.floor((untilMs - this.node.nowMs) / 1_000),
      }));
  }

  wants(mark: ItemMark): boolean {
    return isShared(mark.place) && this.#isNew(mark.place, mark);
  }

  keep(place: Place, item: VerifiedItem, leftSeconds: number): void {
    const leftMs = Math.min(leftSeconds, 3_600) * 1_000;
    this.held.set(placeName(place), { place, item, untilMs: this.node.nowMs + leftMs });
  }

  get sharedNames(): string[] {
    return this.shared()
      .map(({ place, item }) => `${placeName(place)} ${item}`)
      .toSorted();
  }

  #isNew(place: Place, mark: Pick<VerifiedItem, 'id' | 'iat'>): boolean {
    const held = this.held.get(placeName(place))?.item;
    return (
      held === undefined || mark.iat > held.iat || (mark.iat === held.iat && mark.id.head > held.id.head)
    );
  }
}

export class Siblings {
  readonly world: PartWorld;
  readonly all: Sibling[];

  constructor(seed: number, size: number, settings: Partial<DhtSettings> = {}) {
    this.world = new PartWorld(seed);
    this.all = Array.from({ length: size }, (_, at) => new Sibling(this.world.add(at + 1, settings)));
    for (const each of this.all)
      each.neighbours = this.all.filter((other) => other !== each).map(({ node }) => node.self);
  }

  /** So many turns of everybody. */
  takeTurns(turns: number): void {
    this.world.run(this.world.nowMs + turns * 1.25 * dhtSettings.siblingSyncMs);
  }
}
