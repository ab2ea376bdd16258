/**
 * One node of the overlay (spec/dht.md): puts the parts together, which do not know each other, hands every message to
 * the part that it is for, and believes in contacts that have answered, and in no others.
 */
import type { Contact, Role, Sender } from '../contacts/contact.js';
import { RoutingTable } from '../contacts/routing-table.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { dhtSettings } from '../limits.js';
import { Flood } from '../flood/flood.js';
import { Load } from '../load/load.js';
import { Finding } from '../lookups/finding.js';
import { Lookups } from '../lookups/lookups.js';
import {
  isRequest,
  type Message,
  type Purpose,
  type Question,
  type RefusalCode,
  type Request,
} from '../messages/message.js';
import { Repair } from '../repair/repair.js';
import type { BeginFlood, SearchParts } from '../searches/search.js';
import { Searches } from '../searches/searches.js';
import { ItemStore } from '../store/item-store.js';
import { answersTo } from '../store/answers.js';
import { Placements } from '../store/placements.js';
import { Receiving } from '../store/receiving.js';
import { Sharing } from '../store/sharing.js';
import { Tending } from '../store/tending.js';
import { Deliveries } from './deliveries.js';
import type { Dht, DhtNodeInit, DhtStatus, SearchOptions } from './dht.js';
import type { Effect, Verdict, VerifiedItem } from './effect.js';
import { Linking } from './linking.js';
import { LiveContext } from './live-context.js';
import { Neighbours } from './neighbours.js';
import { Newcomers } from './newcomers.js';
import { respondentsOf } from './respondents.js';
import { Upkeep } from './upkeep.js';

export class DhtNode implements Dht {
  readonly self: Contact;
  readonly #context: LiveContext;
  readonly #table: RoutingTable;
  readonly #store: ItemStore;
  readonly #searches: Searches;
  readonly #placements: Placements;
  readonly #finding: Finding;
  readonly #receiving: Receiving;
  readonly #deliveries: Deliveries;
  readonly #flood: Flood;
  readonly #neighbours: Neighbours;
  readonly #repair: Repair;
  readonly #linking: Linking;
  readonly #load: Load;
  readonly #newcomers: Newcomers;
  readonly #upkeep: Upkeep;
  #received = 0;
  #dropped = 0;

  constructor({ self, role, random, nowMs, settings }: DhtNodeInit) {
    this.self = self;
    const all = settings === undefined ? dhtSettings : { ...dhtSettings, ...settings };
    const table = (this.#table = new RoutingTable(self.id, all));
    const context = (this.#context = new LiveContext(
      self,
      role,
      all,
      nowMs,
      random,
      respondentsOf(
        table,
        () => this.#context,
        () => void this.#dropped++,
      ),
      ({ id }) => table.remove(id),
    ));
    const store = (this.#store = new ItemStore(context));
    const neighbours = (this.#neighbours = new Neighbours(table, random));
    const lookups = new Lookups(context, (target, count) => {
      const known = neighbours.closest(target, count);
      return known.length >= count ? known : [...known, ...this.#upkeep.told];
    });
    const flood = (this.#flood = new Flood(context, {
      holdsFor: (question) => answersTo(question, store),
      linked: () => neighbours.linked(),
      some: (count) => neighbours.some(count),
      passed: (question, item) => this.keep(placeOf(question, item), item, context.nowMs),
    }));
    const beginFlood: BeginFlood = (question, listener) =>
      this.#load.mayFlood() ? flood.start(question, listener) : undefined;
    const placements = (this.#placements = new Placements({ context, lookups, store }));
    const missed: SearchParts['missed'] = (place, closest) => placements.missed(place, closest);
    this.#searches = new Searches({ context, lookups, store, beginFlood, missed });
    this.#finding = new Finding({ context, table, store, neighbours });
    this.#deliveries = new Deliveries({ context, lookups, neighbours });
    this.#receiving = new Receiving({ context, store, table });
    this.#load = new Load(context);
    this.#newcomers = new Newcomers(context, table);
    this.#upkeep = new Upkeep({ context, table, lookups });
    this.#upkeep.begin();
    this.#repair = new Repair(context, new Sharing({ context, store, table }));
    this.#repair.begin();
    this.#linking = new Linking(context, table);
    this.#linking.begin();
    new Tending({ context, store, table, placements }).begin();
  }

  get role(): Role {
    return this.#context.role;
  }

  get nextDeadline(): number | undefined {
    return this.#context.timers.next;
  }

  get status(): DhtStatus {
    return {
      contacts: this.#table.size,
      siblings: this.#table.siblings().length,
      links: this.#neighbours.links,
      held: this.#store.counts,
      sent: { messages: this.#context.sent },
      received: { messages: this.#received, dropped: this.#dropped },
      misbehaved: this.#context.conduct.misbehaved,
    };
  }

  takeEffects(): Effect[] {
    return this.#context.takeEffects();
  }

  advance(nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#context.timers.run(nowMs);
  }

  received(from: Sender, message: Message, nowMs: number): void {
    const context = this.#context;
    context.nowMs = nowMs;
    this.#received++;
    if (context.conduct.hasLeft(from.id, nowMs)) {
      this.#dropped++;
      return;
    }
    this.#neighbours.heard(from);
    if (isRequest(message)) this.#requested(from, message);
    else context.requests.answered(from, message, nowMs);
  }

  unreadable(from: Sender, nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#received++;
    this.#dropped++;
    if (!this.#context.conduct.hasLeft(from.id, nowMs)) this.#context.misbehaved(from, 'invalid-message');
  }

  verified(check: number, verdict: Verdict, nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#context.verifications.settle(check, verdict);
  }

  gone(id: Key, nowMs: number, archive?: string): void {
    this.#context.nowMs = nowMs;
    this.#table.gone(id, archive);
    this.#context.requests.gone(id, archive);
  }

  learn(contacts: readonly Contact[], _why: 'hint' | 'kept', nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#upkeep.learn(contacts);
  }

  hinted(search: number, target: Key, contacts: readonly Contact[], nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#searches.hinted(search, target, contacts);
  }

  linked(id: Key, isLinked: boolean, nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#neighbours.setLinked(id, isLinked);
    this.#linking.linked(id, isLinked);
  }

  relayed(isRelayed: boolean, nowMs: number): void {
    this.#context.nowMs = nowMs;
    if (this.#neighbours.isRelayed === isRelayed) return;
    this.#neighbours.isRelayed = isRelayed;
    this.#upkeep.lookAroundSoon();
  }

  setRole(role: Role, nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#context.role = role;
  }

  search(question: Question, options: SearchOptions, nowMs: number): number {
    this.#context.nowMs = nowMs;
    return this.#searches.begin(question, options);
  }

  cancel(search: number): void {
    this.#searches.cancel(search);
  }

  store(place: Place, item: VerifiedItem, options: { readonly pinned: boolean }, nowMs: number): number {
    this.#context.nowMs = nowMs;
    return this.#placements.store(place, item, options.pinned);
  }

  keep(place: Place, item: VerifiedItem, nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#store.put(place, item, { isCached: true, leftMs: this.#context.settings.cacheTtlMs });
    this.#searches.cameOtherwise(place);
    this.#placements.cameIn(place);
  }

  unpin(place: Place, id: Key, nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#store.unpin(place, id);
  }

  drop(place: Place, id: Key, nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#store.drop(place, id);
    this.#placements.dropped(place, id);
  }

  deliver(to: Contact, purpose: Purpose, bytes: Uint8Array, nowMs: number): number {
    this.#context.nowMs = nowMs;
    this.#linking.used(to);
    return this.#deliveries.begin(to, purpose, bytes);
  }

  answerDelivery(from: Contact, n: number, refusal: RefusalCode | undefined, nowMs: number): void {
    this.#context.nowMs = nowMs;
    this.#deliveries.answer(from, n, refusal);
  }

  contacts(max: number): Contact[] {
    return this.#table.longestKnown(max);
  }

  #requested(from: Sender, request: Request): void {
    const context = this.#context;
    const admission = this.#load.admit(from);
    if (admission !== 'answer') {
      this.#dropped++;
      if (admission === 'refuse') context.reply(from, { kind: 'refused', n: request.n, code: 'busy' });
      else context.misbehaved(from, 'too-many-requests');
      return;
    }
    if (this.#table.has(from.id)) this.#table.asked(from, context.nowMs);
    else if (from.role === 'server') this.#newcomers.noticed(from);
    // Who only asks can still be given something that is meant for it.
    if (context.role === 'observer' && request.kind !== 'deliver') {
      context.reply(from, { kind: 'refused', n: request.n, code: 'observer' });
      return;
    }
    this.#answer(from, request);
  }

  #answer(from: Sender, request: Request): void {
    switch (request.kind) {
      case 'ping':
        this.#context.reply(from, { kind: 'pong', n: request.n });
        break;
      case 'find':
        this.#finding.received(from, request);
        break;
      case 'store':
        this.#receiving.received(from, request);
        break;
      case 'flood':
        this.#flood.received(from, request);
        break;
      case 'deliver':
        this.#linking.used(from);
        this.#deliveries.received(from, request);
        break;
      case 'digest':
        this.#repair.digest(from, request);
        break;
      case 'marks':
        this.#repair.marks(from, request);
    }
  }
}

const placeOf = (question: Question, item: VerifiedItem): Place =>
  'place' in question ? question.place : { kind: 'record', key: item.id };
