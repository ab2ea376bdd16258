/**
 * What others bring to be kept: only near its place, only what verifies, and for no longer than it has left
 * (spec/dht.md, "Storing and fading").
 */
import type { Sender } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import { compareDistance, type Key } from '../keys/key.js';
import { ringTarget } from '../keys/ring-target.js';
import { dhtLimits } from '../limits.js';
import type { RefusalCode, Request } from '../messages/message.js';
import { itemsMaxOf } from '../messages/room.js';
import type { NodeContext } from '../node/context.js';
import type { VerifiedItem } from '../node/effect.js';
import type { ItemStore } from './item-store.js';

type StoreRequest = Extract<Request, { kind: 'store' }>;

export interface ReceivingParts {
  readonly context: NodeContext;
  readonly store: ItemStore;
  readonly table: RoutingTable;
}

export class Receiving {
  constructor(private readonly parts: ReceivingParts) {}

  received(from: Sender, request: StoreRequest): void {
    const { context } = this.parts;
    const { items, ring, place, cached } = request;
    if (items.length === 0 || items.length > itemsMaxOf({ place }, context.settings) || !isRing(ring)) {
      context.misbehaved(from, 'invalid-message');
      this.#refuse(from, request, 'invalid');
    } else if (!cached && !this.#isNear(ringTarget(place, ring))) {
      context.misbehaved(from, 'out-of-ring');
      this.#refuse(from, request, 'invalid');
    } else {
      new Bringing(this.parts, from, request).begin();
    }
  }

  #refuse(from: Sender, { n }: StoreRequest, code: RefusalCode): void {
    this.parts.context.reply(from, { kind: 'refused', n, code });
  }

  /** Whether this node is among those that somebody whose view is a little different may take for the closest. */
  #isNear(target: Key): boolean {
    const { table, context } = this.parts;
    const { siblings } = context.settings;
    const last = table.closest(target, siblings)[siblings - 1];
    return last === undefined || compareDistance(target, context.self.id, last.id) < 0;
  }
}

/** The items of one request, until the last of them is verified. */
class Bringing {
  #open = 1;
  #kept = 0;
  #forged = 0;

  constructor(
    private readonly parts: ReceivingParts,
    private readonly from: Sender,
    private readonly request: StoreRequest,
  ) {}

  begin(): void {
    const { context, store } = this.parts;
    const { place, items } = this.request;
    for (const item of items) {
      const known = store.at(place).find((each) => each.item.item === item);
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
    if (kept === 'kept' || kept === 'known' || kept === 'superseded') this.#kept++;
    // A server that brings it holds it; an observer that publishes is nobody's holder.
    if (!cached && this.from.role === 'server') store.find(place, item.id)?.tell(this.from.id);
  }

  #settled(): void {
    if (--this.#open > 0) return;
    const { n } = this.request;
    const { context } = this.parts;
    if (this.#kept > 0) context.reply(this.from, { kind: 'stored', n });
    else context.reply(this.from, { kind: 'refused', n, code: this.#forged > 0 ? 'invalid' : 'full' });
  }
}

const isRing = (ring: number): boolean => Number.isInteger(ring) && ring >= 0 && ring < dhtLimits.ringsMax;
