/** What a node asks and remembers of others has an end, whatever they do; the numbers are those of `dhtLimits`. */
import { describe, expect, it } from '@jest/globals';
import type { Contact } from '../src/contacts/contact.js';
import { keyOf, contactOf } from './part-world.js';
import { ringTarget } from '../src/keys/ring-target.js';
import { dhtSettings } from '../src/limits.js';
import { contactIn, self, settings } from './tables.js';
import { RoutingTable } from '../src/contacts/routing-table.js';
import { as, contactAt, contactsFrom, LoneNode } from './lone-node.js';
import { itemOf, recordPlaceOf } from './network.js';

const bytes = Uint8Array.of(7);
const textsOf = (contacts: readonly Contact[]): Set<string> => new Set(contacts.map(({ id }) => id.text));

describe('a lookup', () => {
  const place = recordPlaceOf(keyOf(7));
  const target = ringTarget(place, 0);

  /** Who is asked by a search that begins with these; nobody but them knows of the node. */
  function askedFrom(seeds: readonly Contact[], paths: number, answer: LoneNode['answer']): Contact[] {
    const lone = new LoneNode({ rings: 1, disjointPaths: paths });
    lone.act((node, nowMs) => node.learn(seeds, 'kept', nowMs));
    lone.answer = (to, request) =>
      request.kind === 'find' && request.target.equals(target) ? answer(to, request) : undefined;
    lone.act((node, nowMs) => node.search({ place }, { among: ['rings'] }, nowMs));
    return lone.sent('find').flatMap(({ to, message }) => (message.target.equals(target) ? [to] : []));
  }

  it('asks 22 contacts at most along each path, whatever it is told', () => {
    let distance = 1_000_000;
    const nearer = (): Contact => contactAt(target, distance--);
    const seeds = [nearer(), nearer(), nearer()];
    const tellers = textsOf(seeds);
    const asked = askedFrom(seeds, 3, ({ id }, { n }) => {
      if (!tellers.has(id.text)) return { kind: 'refused', n, code: 'busy' };
      // Only the farthest answers, so that the others are asked before, and what they were told of is forgotten.
      const contacts = Array.from({ length: 8 }, nearer);
      tellers.add(contacts[0]!.id.text);
      return { kind: 'found', n, contacts, items: [] };
    });
    expect(asked).toHaveLength(22 * 3);
  });

  it('remembers 64 contacts at most: for nearer ones a path forgets its farthest', () => {
    // By turns of four paths; the nearest of the second comes first there.
    const seeds = Array.from({ length: 64 }, (_, at) => contactAt(target, 1_000 + at));
    const [silent, teller] = seeds;
    const nearer = Array.from({ length: 8 }, (_, at) => contactAt(target, 1 + at));
    const asked = askedFrom(seeds, 4, ({ id }, { n }) => {
      if (id === silent!.id) return undefined;
      if (id !== teller!.id) return { kind: 'refused', n, code: 'busy' };
      return { kind: 'found', n, contacts: nearer, items: [] };
    });
    const [, second, ...others] = [0, 1, 2, 3].map((path) => seeds.filter((_, at) => at % 4 === path));
    expect(textsOf(asked)).toEqual(
      textsOf([silent!, ...nearer, ...second!.slice(0, -nearer.length), ...others.flat()]),
    );
  });
});

describe('a lookup of which one path is quick to name accomplices without end', () => {
  it('still goes along the others to what is there', () => {
    const item = itemOf(keyOf(7));
    const place = recordPlaceOf(item.id);
    const target = ringTarget(place, 0);
    const lone = new LoneNode({ rings: 1, disjointPaths: 3 });
    lone.items.set(item.item, item);
    const seeds = Array.from({ length: 8 }, (_, at) => contactAt(target, 100_000_000 + at));
    const liars = textsOf(seeds.slice(0, 1));
    const honest: { from: Contact; n: number; step: number }[] = [];
    const steps = new Map(seeds.map(({ id }) => [id.text, 0]));
    let nearer = 50_000_000;
    lone.answer = ({ id, archive }, { kind, n }) => {
      if (kind !== 'find') return undefined;
      if (!liars.has(id.text)) {
        honest.push({ from: { id, archive }, n, step: steps.get(id.text)! });
        return undefined;
      }
      const contacts = Array.from({ length: 8 }, () => contactAt(target, nearer--));
      for (const { id: accomplice } of contacts) liars.add(accomplice.text);
      return { kind: 'found', n, contacts, items: [] };
    };
    lone.act((node, nowMs) => node.learn(seeds, 'kept', nowMs));
    const number = lone.act((node, nowMs) => node.search({ place }, { among: ['rings'] }, nowMs));
    // Twelve steps, each to eight that are four times as near; the last one holds it.
    while (honest.length > 0) {
      const asked = honest.splice(0);
      lone.run(10);
      for (const { from, n, step } of asked) {
        const distance = Math.floor(10_000_000 / 4 ** (step + 1)) * 8;
        const contacts = Array.from({ length: 8 }, (_, at) => contactAt(target, distance + at + 1));
        for (const { id } of contacts) steps.set(id.text, step + 1);
        const items = step === 12 ? [item.item] : [];
        lone.tell(as('server', from), { kind: 'found', n, contacts: step === 12 ? [] : contacts, items });
      }
    }
    const found = lone.did('found').filter(({ search }) => search === number);
    expect(found.flatMap(({ items }) => items)).toEqual([item]);
  });
});

describe('a node', () => {
  it('asks 8 newcomers at a time whether they are there, however many come', () => {
    const lone = new LoneNode();
    for (const each of contactsFrom(1, 50)) lone.tell(as('server', each), { kind: 'ping', n: 1 });
    const pings = lone.sent('ping');
    expect(pings).toHaveLength(8);
    lone.tell(as('server', pings[0]!.to), { kind: 'pong', n: pings[0]!.message.n });
    for (const each of contactsFrom(51, 50)) lone.tell(as('server', each), { kind: 'ping', n: 1 });
    expect(lone.sent('ping')).toHaveLength(9);
  });

  it('begins with 64 contacts at most of all that it is told of, the last ones', () => {
    const lone = new LoneNode();
    lone.answer = () => 'gone';
    const told = contactsFrom(1, 100);
    lone.act((node, nowMs) => node.learn(told, 'hint', nowMs));
    expect(textsOf(lone.sent('find').map(({ to }) => to))).toEqual(textsOf(told.slice(-64)));
  });

  it('keeps account of 512 contacts that misbehave: whom it has left it hears again after so many others', () => {
    const lone = new LoneNode();
    const misbehave = (contact: Contact): void => lone.tell(as('observer', contact), { kind: 'pong', n: 9 });
    const [left, last, ...others] = contactsFrom(1, 513) as [Contact, Contact, ...Contact[]];
    for (let times = 0; times < 8; times++) misbehave(left);
    expect(lone.did('misbehaved').at(-1)).toMatchObject({ left: true });
    const isHeard = (): boolean => {
      lone.tell(as('observer', left), { kind: 'ping', n: 1 });
      return lone.sent('pong').length > 0;
    };
    for (const each of others) misbehave(each);
    expect(isHeard()).toBe(false);
    misbehave(last);
    expect(isHeard()).toBe(true);
  });

  it('waits for 512 answers at a time, and asks nothing more until then', () => {
    const lone = new LoneNode();
    const deliver = (): number =>
      lone.act((node, nowMs) => node.deliver(contactOf(1), 'signal', bytes, nowMs));
    const deliveries = Array.from({ length: 600 }, deliver);
    expect(lone.sent('deliver')).toHaveLength(512);
    lone.step();
    expect(lone.did('delivered')).toEqual(
      deliveries.slice(512).map((delivery) => ({ do: 'delivered', delivery, outcome: 'silent' })),
    );
    lone.tell(as('server', contactOf(1)), { kind: 'delivered', n: lone.sent('deliver')[0]!.message.n });
    deliver();
    deliver();
    expect(lone.sent('deliver')).toHaveLength(513);
  });

  it('remembers 512 requests that it has given up: an answer to one before them is one that nobody asked for', () => {
    const lone = new LoneNode();
    const giveUp = (count: number): void => {
      for (let i = 0; i < count; i++) {
        lone.act((node, nowMs) => node.deliver(contactOf(1), 'signal', bytes, nowMs));
      }
      lone.run(dhtSettings.deliverMs);
    };
    giveUp(1);
    giveUp(512);
    const [forgotten, oldest] = lone.sent('deliver').map(({ message }) => message.n);
    const answered = (n: number): unknown => {
      lone.tell(as('server', contactOf(1)), { kind: 'delivered', n });
      return lone.did('misbehaved').at(-1)?.what;
    };
    expect(answered(oldest!)).toBe('slow');
    expect(answered(forgotten!)).toBe('unasked-answer');
  });

  it('looks for ways to 16 nodes at a time: what goes to others is gone at once', () => {
    const lone = new LoneNode();
    lone.meet(contactOf(1));
    lone.act((node, nowMs) => node.relayed(false, nowMs));
    lone.answer = (_to, { kind }) => (kind === 'deliver' ? 'gone' : undefined);
    const receivers = contactsFrom(100, 20);
    const deliveries = receivers.map((to) =>
      lone.act((node, nowMs) => node.deliver(to, 'signal', bytes, nowMs)),
    );
    const targets = lone.sent('find').map(({ message }) => message.target);
    expect(targets).toEqual(receivers.slice(0, 16).map(({ id }) => id));
    expect(lone.did('delivered')).toEqual(
      deliveries.slice(16).map((delivery) => ({ do: 'delivered', delivery, outcome: 'gone' })),
    );
  });

  it('passes on 256 floods at a time, and is busy for more, whoever they come from', () => {
    const lone = new LoneNode({ requestsBurstMax: 1_000 });
    lone.meet(contactOf(1));
    const question = { place: recordPlaceOf(keyOf(7)) };
    contactsFrom(100, 300).forEach((from, n) => {
      const flood = keyOf(1_000 + n);
      lone.tell(as('observer', from), { kind: 'flood', n, flood, question, budget: 3, depth: 2 });
    });
    expect(lone.sent('flood')).toHaveLength(256);
    expect(lone.sent('refused').map(({ message }) => message)).toEqual(
      Array.from({ length: 44 }, (_, at) => ({ kind: 'refused', n: 256 + at, code: 'busy' })),
    );
  });
});

describe('a routing table', () => {
  it('remembers 64 contacts that it has given up: who comes back after so many others has not been slow', () => {
    /** Whether the first one is taken for slow when so many others have been given up since. */
    const isSlowAfter = (others: number): boolean => {
      const table = new RoutingTable(self, settings);
      const [there, slow] = [contactIn(0, 0), contactIn(1, 0)];
      const giveUp = (contact: Contact): void => {
        table.heard(contact, 1);
        table.failed(contact.id);
        table.heard(there, 2);
        table.failed(contact.id);
      };
      giveUp(slow);
      for (let number = 1; number <= others; number++) giveUp(contactIn(1, number));
      expect(table.all()).toEqual([there]);
      const { meanMs } = table.lifetimes;
      table.heard(slow, 3);
      return table.lifetimes.meanMs > meanMs;
    };
    expect([isSlowAfter(63), isSlowAfter(64)]).toEqual([true, false]);
  });
});
