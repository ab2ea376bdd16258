/**
 * Whole nodes in memory and in virtual time, for tests: messages take their time, the absent are told of as an archive
 * would, the silent say nothing, and liars answer what they like. A seed repeats all of it.
 */
import { compareDistance, Key, keyBytes } from '../src/keys/key.js';
import type { Place } from '../src/keys/place.js';
import type { Contact, Role, Sender } from '../src/contacts/contact.js';
import type { DhtSettings } from '../src/limits.js';
import {
  isRequest,
  type Answer,
  type Item,
  type Message,
  type Question,
  type Request,
} from '../src/messages/message.js';
import type { SearchOptions } from '../src/node/dht.js';
import { DhtNode } from '../src/node/dht-node.js';
import type { Effect, Verdict, VerifiedItem } from '../src/node/effect.js';
import { Agenda } from './agenda.js';

type FoundEffect = Extract<Effect, { do: 'found' }>;

/** Numbers from 0 to below 1 (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomKey(random: () => number): Key {
  return new Key(Uint8Array.from({ length: keyBytes }, () => Math.floor(random() * 256)));
}

export const recordPlaceOf = (key: Key): Place => ({ kind: 'record', key });

/** A true item says so; of a doubtful one nobody is to blame; everything else is forged. */
export const itemOf = (id: Key, iat = 1, exp?: number): VerifiedItem => ({
  item: `true ${id.text} ${iat}${exp === undefined ? '' : ` ${exp}`}`,
  id,
  iat,
  ...(exp === undefined ? {} : { exp }),
});

export const senderOf = ({ contact, node }: Member): Sender => ({ ...contact, role: node.role });

export class Member {
  readonly found: FoundEffect[] = [];
  readonly effects: Effect[] = [];
  /** An answer in the node's place; undefined for its own. */
  lie: ((request: Request) => Answer | undefined) | undefined;
  isSilent = false;
  wakeAtMs = Infinity;

  constructor(
    readonly contact: Contact,
    readonly node: DhtNode,
  ) {}

  /** The last word on a search, if it has been said; it has to be the only one. */
  done(search: number): FoundEffect | undefined {
    const all = this.found.filter((each) => each.search === search && each.done);
    if (all.length > 1) throw new Error(`Search ${search} has ended ${all.length} times.`);
    return all[0];
  }

  /** Everything that a search has brought. */
  items(search: number): Item[] {
    return this.found
      .filter((each) => each.search === search)
      .flatMap(({ items }) => items.map(({ item }) => item));
  }
}

export interface NetworkInit {
  readonly seed: number;
  readonly settings?: Partial<DhtSettings>;
  readonly archives?: number;
}

/** How messages get from one to the other, when it is not the archives that carry them. */
export interface Carriage {
  reaches(from: Contact, to: Contact): boolean;
  brought(from: Contact, to: Contact, message: Message): void;
}

export class Network {
  readonly random: () => number;
  readonly members = new Map<string, Member>();
  nowMs = 0;
  messages = 0;
  /** Every item is one that the holders could verify, unless it is in here. */
  readonly items = new Map<Item, VerifiedItem>();
  keepsEffects = false;
  carriage: Carriage | undefined;
  trace = 0;
  readonly #agenda = new Agenda();

  constructor(private readonly init: NetworkInit) {
    this.random = chance(init.seed);
  }

  get all(): Member[] {
    return [...this.members.values()];
  }

  get some(): Member {
    const all = this.all;
    return all[Math.floor(this.random() * all.length)]!;
  }

  add(role: Role = 'server', id = randomKey(this.random)): Member {
    const archive = `archive-${Math.floor(this.random() * (this.init.archives ?? 8))}`;
    const contact = { id, archive };
    const { settings } = this.init;
    const random = chance(Math.floor(this.random() * 2 ** 32));
    const node = new DhtNode({
      self: contact,
      role,
      random,
      nowMs: this.nowMs,
      ...(settings === undefined ? {} : { settings }),
    });
    const member = new Member(contact, node);
    this.members.set(id.text, member);
    this.#settle(member);
    return member;
  }

  /** Somebody new, who knows a few that are there. */
  join(role: Role = 'server'): Member {
    const known = this.members.size === 0 ? [] : [this.some, this.some, this.some];
    const member = this.add(role);
    this.act(member, (node) =>
      node.learn(
        known.map(({ contact }) => contact),
        'hint',
        this.nowMs,
      ),
    );
    return member;
  }

  /** So many join, one after another, and come to know each other. */
  grow(size: number, everyMs = 50): this {
    for (let i = 0; i < size; i++) {
      this.join();
      this.run(everyMs);
    }
    // Until everybody has looked around once more.
    this.run(120_000);
    return this;
  }

  leave(member: Member): void {
    this.members.delete(member.contact.id.text);
  }

  act<T>(member: Member, act: (node: DhtNode) => T): T {
    const result = act(member.node);
    this.#settle(member);
    return result;
  }

  /** Lets time pass. */
  run(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    for (let next = this.#agenda.take(untilMs); next !== undefined; next = this.#agenda.take(untilMs)) {
      this.nowMs = next.atMs;
      next.call();
    }
    this.nowMs = untilMs;
  }

  /** Lets time pass until a search has ended. */
  search(member: Member, question: Question, options: SearchOptions = {}): FoundEffect {
    const number = this.act(member, (node) => node.search(question, options, this.nowMs));
    for (let i = 0; i < 300 && member.done(number) === undefined; i++) this.run(100);
    const done = member.done(number);
    if (done === undefined) throw new Error('The search has not ended.');
    return done;
  }

  /** Who is closest in truth. */
  closest(target: Key, count: number): Member[] {
    return this.all
      .filter(({ node }) => node.role === 'server')
      .sort((a, b) => compareDistance(target, a.contact.id, b.contact.id))
      .slice(0, count);
  }

  verdictOf(item: Item): Verdict {
    const [truth, , iat, exp] = item.split(' ');
    if (truth === 'doubtful') return { ok: false, code: 'quota-exceeded' };
    if (truth !== 'true') return { ok: false, code: 'record-signature-invalid' };
    const known = this.items.get(item);
    if (known === undefined) throw new Error(`Nobody has made ${item} (${iat} ${exp}).`);
    if (known.exp !== undefined && known.exp * 1_000 <= this.nowMs)
      return { ok: false, code: 'record-expired' };
    return { ok: true, item: known };
  }

  make(iat = 1, exp?: number): VerifiedItem {
    const item = itemOf(randomKey(this.random), iat, exp);
    this.items.set(item.item, item);
    return item;
  }

  /** As if somebody had sent it. */
  tell(member: Member, from: Sender, message: Message): void {
    this.act(member, (node) => node.received(from, message, this.nowMs));
  }

  #settle(member: Member): void {
    const { node } = member;
    for (let effects = node.takeEffects(); effects.length > 0; effects = node.takeEffects()) {
      for (const effect of effects) this.#carryOut(member, effect);
    }
    const deadline = node.nextDeadline ?? Infinity;
    if (deadline >= member.wakeAtMs) return;
    member.wakeAtMs = deadline;
    this.#agenda.plan(Math.max(deadline, this.nowMs), () => this.#wake(member, deadline));
  }

  #wake(member: Member, atMs: number): void {
    if (member.wakeAtMs !== atMs) return;
    member.wakeAtMs = Infinity;
    if (!this.members.has(member.contact.id.text)) return;
    member.node.advance(this.nowMs);
    this.#settle(member);
  }

  #carryOut(member: Member, effect: Effect): void {
    if (this.keepsEffects) member.effects.push(effect);
    switch (effect.do) {
      case 'send':
        this.#send(member, effect.to, effect.message);
        break;
      case 'verify':
        member.node.verified(effect.check, this.verdictOf(effect.item), this.nowMs);
        break;
      case 'found':
        member.found.push(effect);
        break;
    }
  }

  #send(from: Member, to: Contact, message: Message): void {
    this.messages++;
    const travelMs = 20 + Math.floor(this.random() * 60);
    this.trace = (Math.imul(this.trace ^ (message.n + travelMs), 0x01000193) ^ to.id.head) >>> 0;
    const sender: Sender = { ...from.contact, role: from.node.role };
    const { carriage } = this;
    const member = this.members.get(to.id.text);
    if (member?.contact.archive !== to.archive || carriage?.reaches(from.contact, to) === false) {
      this.#agenda.plan(this.nowMs + 2 * travelMs, () =>
        this.act(from, (node) => node.gone(to.id, this.nowMs, to.archive)),
      );
      return;
    }
    if (member.isSilent) return;
    this.#agenda.plan(this.nowMs + travelMs, () => {
      if (!this.members.has(to.id.text)) return;
      carriage?.brought(from.contact, to, message);
      const lie = isRequest(message) ? member.lie?.(message) : undefined;
      if (lie === undefined) this.tell(member, sender, message);
      else this.#send(member, from.contact, lie);
    });
  }
}
