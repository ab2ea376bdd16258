/**
 * What repair compares, out of the node's own store and table: what a ring that every item lies in makes both of two
 * siblings responsible for. Where a pinned item lies besides is the business of whoever has pinned it.
 */
import type { Contact } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { ringTarget } from '../keys/ring-target.js';
import type { ItemMark } from '../messages/message.js';
import type { NodeContext } from '../node/context.js';
import type { VerifiedItem } from '../node/effect.js';
import { holdersAmong } from '../store/copies.js';
import { compareItems, type ItemStore } from '../store/item-store.js';
import type { RepairPort, SharedItem } from './repair.js';

export interface SharedItemsParts {
  readonly context: Pick<NodeContext, 'self' | 'settings' | 'nowMs'>;
  readonly store: ItemStore;
  readonly table: RoutingTable;
}

export class SharedItems implements RepairPort {
  /** Looked up once for everything that is asked at one time. */
  #neighbours: { readonly atMs: number; readonly all: readonly Contact[] } | undefined;

  constructor(private readonly parts: SharedItemsParts) {}

  siblings(): readonly Contact[] {
    return this.parts.table.siblings();
  }

  shared(sibling: Contact): SharedItem[] {
    const { store, context } = this.parts;
    const shared: SharedItem[] = [];
    for (const held of store.all()) {
      const { place, item } = held;
      if (held.isCached || place.kind === 'mailbox') continue;
      const ring = this.#ringFor(sibling, (number) => held.target(number));
      const leftSeconds = Math.floor(held.leftMs(context.nowMs, context.settings.ttlMs) / 1_000);
      if (ring === undefined || leftSeconds < 1) continue;
      shared.push({ place, id: item.id, iat: item.iat, item: item.item, ring, leftSeconds });
    }
    return shared;
  }

  wants({ place, id, iat }: ItemMark, sibling: Contact): boolean {
    if (place.kind === 'mailbox') return false;
    const { store, context } = this.parts;
    const there = store.at(place);
    if (there.some((held) => held.item.id.equals(id) && !held.isCached)) return false;
    const capacity = place.kind === 'feed' ? context.settings.feedItemsMax : 1;
    const later = there.filter(({ item }) => compareItems(item, { id, iat, item: '' }) > 0);
    if (later.length >= capacity) return false;
    return this.#ringFor(sibling, (ring) => ringTarget(place, ring)) !== undefined;
  }

  keep(place: Place, item: VerifiedItem, leftSeconds: number, sibling: Contact): void {
    const ring = this.#ringFor(sibling, (number) => ringTarget(place, number));
    const leftMs = Math.max(0, leftSeconds) * 1_000;
    if (ring !== undefined) this.parts.store.put(place, item, { isCached: false, ring, leftMs });
  }

  /** The first in which both are to hold it. */
  #ringFor(sibling: Contact, targetOf: (ring: number) => Key): number | undefined {
    const { settings, self } = this.parts.context;
    const neighbours = this.#neighbourhood();
    for (let ring = 0; ring < settings.rings; ring++) {
      const holders = holdersAmong(neighbours, targetOf(ring), settings);
      const isHolder = (id: Key): boolean => holders.some((holder) => holder.id.equals(id));
      if (isHolder(self.id) && isHolder(sibling.id)) return ring;
    }
    return undefined;
  }

  #neighbourhood(): readonly Contact[] {
    const { table, context } = this.parts;
    if (this.#neighbours?.atMs !== context.nowMs) {
      this.#neighbours = { atMs: context.nowMs, all: [...table.siblings(), context.self] };
    }
    return this.#neighbours!.all;
  }
}
