/** What a node and a sibling should both hold, as this node sees the neighbourhood: what sibling repair compares. */
import type { Contact } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { ringTarget } from '../keys/ring-target.js';
import type { ItemMark } from '../messages/message.js';
import type { NodeContext } from '../node/context.js';
import type { VerifiedItem } from '../node/effect.js';
import type { RepairPort, SharedItem } from '../repair/repair.js';
import { holdersAmong } from './copies.js';
import { compareItems, type ItemStore } from './item-store.js';

export interface SharingParts {
  readonly context: NodeContext;
  readonly store: ItemStore;
  readonly table: RoutingTable;
}

export class Sharing implements RepairPort {
  constructor(private readonly parts: SharingParts) {}

  siblings(): readonly Contact[] {
    return this.parts.table.siblings();
  }

  shared(sibling: Contact): SharedItem[] {
    const { context, store } = this.parts;
    const neighbours = this.#neighbours();
    const shared: SharedItem[] = [];
    for (const held of store.all()) {
      if (held.isCached || held.place.kind === 'mailbox') continue;
      const ring = this.#ringOf((ring) => held.target(ring), sibling, neighbours);
      if (ring === undefined) continue;
      const { item, id, iat } = held.item;
      const leftSeconds = Math.floor(held.leftMs(context.nowMs, context.settings.ttlMs) / 1_000);
      if (leftSeconds > 0) shared.push({ place: held.place, id, iat, item, ring, leftSeconds });
    }
    return shared;
  }

  wants({ place, id, iat }: ItemMark, sibling: Contact): boolean {
    const { store } = this.parts;
    if (place.kind === 'mailbox' || store.find(place, id)?.isCached === false) return false;
    const earlier = store.earliestOfFull(place);
    if (earlier !== undefined && compareItems({ id, iat }, earlier) < 0) return false;
    return this.#ringOf((ring) => ringTarget(place, ring), sibling, this.#neighbours()) !== undefined;
  }

  keep(place: Place, item: VerifiedItem, leftSeconds: number, sibling: Contact): void {
    const { store } = this.parts;
    const ring = this.#ringOf((ring) => ringTarget(place, ring), sibling, this.#neighbours());
    if (ring === undefined) return;
    store.put(place, item, { isCached: false, ring, leftMs: leftSeconds * 1_000 });
    store.find(place, item.id)?.tell(sibling.id);
  }

  /** The first ring in which both are among the holders. */
  #ringOf(
    targetIn: (ring: number) => Key,
    sibling: Contact,
    neighbours: readonly Contact[],
  ): number | undefined {
    const { context } = this.parts;
    for (let ring = 0; ring < context.settings.rings; ring++) {
      const holders = holdersAmong(neighbours, targetIn(ring), context.settings);
      if (!holders.includes(context.self)) continue;
      if (holders.some(({ id }) => id.equals(sibling.id))) return ring;
    }
    return undefined;
  }

  #neighbours(): Contact[] {
    return [...this.parts.table.siblings(), this.parts.context.self];
  }
}
