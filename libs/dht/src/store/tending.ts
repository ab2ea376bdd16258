/**
 * Looks after what is held: lets go of what has faded, and sees to it that those who should hold it too do. The closest
 * holder hands on at once to who has come closer, the others when they refresh, so that not everybody brings the same.
 * Nothing is looked up for it: whoever holds something knows the neighbourhood (spec/dht.md, "Storing and fading").
 */
import type { Contact } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import { dhtLimits } from '../limits.js';
import type { NodeContext } from '../node/context.js';
import { holdersAmong } from './copies.js';
import type { Held } from './held.js';
import type { ItemStore } from './item-store.js';
import type { Placements } from './placements.js';

export interface TendingParts {
  readonly context: NodeContext;
  readonly store: ItemStore;
  readonly table: RoutingTable;
  readonly placements: Placements;
}

/** A neighbour that has not taken what it was brought: so many times in a row, and how long it is left alone. */
interface Unwilling {
  times: number;
  untilMs: number;
}

export class Tending {
  /** Messages that may still be sent this time: the rest has its turn the next time. */
  #left = 0;
  /** Who says that it is busy, or nothing, to each store, must not take up what others should be brought. */
  #unwilling: Map<string, Unwilling> | undefined;

  constructor(private readonly parts: TendingParts) {}

  /** From now on, for as long as the node lives. */
  begin(): void {
    const { context, table } = this.parts;
    const delayMs = context.settings.tendMs * table.lifetimes.pace;
    context.after(delayMs * (0.75 + 0.5 * context.random()), () => {
      if (this.parts.store.counts.items > 0) this.#tend();
      this.begin();
    });
  }

  #tend(): void {
    const { store, table, context } = this.parts;
    store.sweep();
    this.#left = dhtLimits.handedOnAtOnceMax;
    const neighbours = [...table.siblings(), context.self];
    for (const held of store.all()) {
      if (held.isCached || held.place.kind === 'mailbox') continue;
      this.#tendTo(held, neighbours);
      if (this.#left <= 0) return;
    }
  }

  #tendTo(held: Held, neighbours: readonly Contact[]): void {
    const { context, placements } = this.parts;
    const { settings, nowMs } = context;
    const untilMs = nowMs + held.leftMs(nowMs, settings.ttlMs);
    if (untilMs - held.toldUntilMs > settings.ttlMs / 2) {
      held.tellAnew();
      held.toldUntilMs = untilMs;
    }
    const isDue = held.refreshAtMs <= nowMs;
    if (isDue) {
      const delayMs = settings.refreshMs * this.parts.table.lifetimes.pace;
      held.refreshAtMs = nowMs + delayMs * (0.75 + 0.5 * context.random());
    }
    if (isDue && held.isPinned) placements.bringAgain(held);
    if (held.rings === 0 || context.role === 'observer') return;
    for (let ring = 0; ring < dhtLimits.ringsMax; ring++) {
      if ((held.rings & (1 << ring)) !== 0) this.#handOn(held, ring, neighbours, isDue);
    }
  }

  #handOn(held: Held, ring: number, neighbours: readonly Contact[], isDue: boolean): void {
    const { context } = this.parts;
    const holders = holdersAmong(neighbours, held.target(ring), context.settings);
    if (!isDue && !this.#isFirst(held, holders)) return;
    for (const contact of holders) {
      if (contact === context.self || held.isTold(contact.id) || this.#isLeftAlone(contact)) continue;
      this.#bring(held, ring, contact);
    }
  }

  /** Whether nobody who is known to hold it is closer. */
  #isFirst(held: Held, holders: readonly Contact[]): boolean {
    for (const contact of holders) {
      if (contact === this.parts.context.self) return true;
      if (held.isTold(contact.id)) return false;
    }
    return true;
  }

  #bring(held: Held, ring: number, contact: Contact): void {
    const { context } = this.parts;
    const leftMs = held.leftMs(context.nowMs, context.settings.ttlMs);
    if (this.#left-- <= 0 || leftMs < 1_000) return;
    const { place, item } = held;
    const leftSeconds = Math.floor(leftMs / 1_000);
    context.ask(
      contact,
      { kind: 'store', place, ring, items: [item.item], cached: false, leftSeconds },
      (answer) => {
        // Who has no room, or sees others closer, is not asked again and again.
        const isSettled =
          typeof answer !== 'string' &&
          (answer.kind === 'stored' || (answer.kind === 'refused' && answer.code !== 'busy'));
        if (isSettled) {
          held.tell(contact.id);
          this.#unwilling?.delete(contact.id.text);
        } else this.#hasNotTaken(contact);
      },
    );
  }

  #isLeftAlone({ id }: Contact): boolean {
    return (this.#unwilling?.get(id.text)?.untilMs ?? 0) > this.parts.context.nowMs;
  }

  /** Longer each time, but for the first: then it comes again in the next round. Of one round it counts once. */
  #hasNotTaken(contact: Contact): void {
    if (this.#isLeftAlone(contact)) return;
    const { context, table } = this.parts;
    const { tendMs, refreshMs } = context.settings;
    const unwilling = (this.#unwilling ??= new Map<string, Unwilling>());
    const name = contact.id.text;
    const times = (unwilling.get(name)?.times ?? 0) + 1;
    const restMs = Math.min(refreshMs, (tendMs / 4) * 2 ** times) * table.lifetimes.pace;
    unwilling.delete(name);
    if (unwilling.size >= dhtLimits.unwillingMax) unwilling.delete(unwilling.keys().next().value!);
    unwilling.set(name, { times, untilMs: context.nowMs + restMs });
  }
}
