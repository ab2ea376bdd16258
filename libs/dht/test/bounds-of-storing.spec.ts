/** What a node brings to others, and remembers of who holds what, has an end; the numbers are those of `dhtLimits`. */
import { describe, expect, it } from '@jest/globals';
import type { Contact, Role } from '../src/contacts/contact.js';
import type { VerifiedItem } from '../src/node/effect.js';
import { as, contactsFrom, LoneNode } from './lone-node.js';
import { itemOf, recordPlaceOf } from './network.js';
import { contactOf, keyOf } from './part-world.js';

const records = (count: number): VerifiedItem[] =>
  Array.from({ length: count }, (_, at) => itemOf(keyOf(10_000 + at)));

const store = (lone: LoneNode, item: VerifiedItem): number =>
  lone.act((node, nowMs) => node.store(recordPlaceOf(item.id), item, { pinned: false }, nowMs));

/** Somebody brings it, because the node is one of those that should hold it. */
function bring(lone: LoneNode, item: VerifiedItem, from: Contact, role: Role): void {
  lone.items.set(item.item, item);
  const place = recordPlaceOf(item.id);
  lone.tell(as(role, from), { kind: 'store', n: 1, place, ring: 0, items: [item.item], cached: false });
}

describe('a node', () => {
  it('brings 64 items to others at a time: one too many is stored with nobody', () => {
    const lone = new LoneNode();
    const stores = records(66).map((item) => store(lone, item));
    expect(lone.did('stored')).toEqual(
      stores.slice(64).map((number) => ({ do: 'stored', store: number, copies: [] })),
    );
  });

  it('lets 64 wait for the same item to be brought: one too many is stored with nobody', () => {
    const lone = new LoneNode();
    const [item] = records(1);
    const stores = Array.from({ length: 66 }, () => store(lone, item!));
    expect(lone.did('stored')).toEqual(
      stores.slice(64).map((number) => ({ do: 'stored', store: number, copies: [] })),
    );
  });

  it('brings what nobody had only while it brings less than 64 items', () => {
    const broughtBeside = (count: number): number => {
      const lone = new LoneNode();
      lone.meet(contactOf(1));
      const [missed, ...others] = records(1 + count);
      const place = recordPlaceOf(missed!.id);
      lone.answer = (_to, { kind, n }) =>
        kind === 'find' ? { kind: 'found', n, contacts: [], items: [] } : undefined;
      lone.act((node, nowMs) => node.search({ place }, { among: ['rings'] }, nowMs));
      lone.run(1_000);
      expect(lone.did('found')).toMatchObject([{ items: [], done: true }]);
      lone.answer = () => undefined;
      for (const each of others) store(lone, each);
      expect(lone.did('stored')).toEqual([]);
      lone.act((node, nowMs) => node.keep(place, missed!, nowMs));
      return lone.sent('store').length;
    };
    expect([broughtBeside(63), broughtBeside(64)]).toEqual([2, 0]);
  });

  it('hands on 32 items at a time to somebody who should hold more, and the rest the next times', () => {
    const lone = new LoneNode();
    const sibling = contactOf(1);
    const senders = contactsFrom(1_000, 100);
    records(100).forEach((item, at) => bring(lone, item, senders[at]!, 'observer'));
    lone.meet(sibling);
    lone.answer = (_to, { kind, n }) => (kind === 'store' ? { kind: 'stored', n } : { kind: 'pong', n });
    const rounds: number[] = [];
    for (let brought = 0; lone.nowMs < 60_000; brought = lone.sent('store').length) {
      lone.step();
      const count = lone.sent('store').length - brought;
      if (count > 0) rounds.push(count);
    }
    expect(rounds).toEqual([32, 32, 32, 4]);
    const items = lone.sent('store').map(({ message }) => message.items[0]);
    expect(new Set(items).size).toBe(100);
  });

  it('remembers 24 holders of an item: one before them is brought it again', () => {
    const isBroughtAgainAfter = (others: number): boolean => {
      const lone = new LoneNode();
      const holder = contactOf(1);
      lone.meet(holder);
      const [item] = records(1);
      for (const each of [holder, ...contactsFrom(1_000, others)]) bring(lone, item!, each, 'server');
      lone.answer = (to, { n }) => (to.id === holder.id ? { kind: 'pong', n } : undefined);
      lone.run(60_000);
      return lone.sent('store').some(({ to }) => to.id.equals(holder.id));
    };
    expect([isBroughtAgainAfter(23), isBroughtAgainAfter(24)]).toEqual([false, true]);
  });
});
