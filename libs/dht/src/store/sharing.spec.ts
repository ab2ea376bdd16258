import { describe, expect, it } from '@jest/globals';
import { chance, keyOf, PartNode, PartWorld } from '../../test/part-world.js';
import type { Contact } from '../contacts/contact.js';
import { RoutingTable } from '../contacts/routing-table.js';
import { Key } from '../keys/key.js';
import { placeName, type Place, type PlaceKind } from '../keys/place.js';
import { dhtSettings } from '../limits.js';
import type { VerifiedItem } from '../node/effect.js';
import { ItemStore } from './item-store.js';
import { Sharing } from './sharing.js';

const random = chance(21);
const someKey = (): Key => new Key(Uint8Array.from({ length: 32 }, () => Math.floor(random() * 256)));
const everybody: Contact[] = Array.from({ length: 12 }, (_, at) => ({
  id: someKey(),
  archive: `archive-${at}`,
}));
const [alice, bob] = everybody as [Contact, Contact];

const node = (self: Contact, known: readonly Contact[]) => {
  const world = new PartWorld(1);
  world.nowMs = 1_000;
  const context = new PartNode(world, self, dhtSettings, 'server');
  const table = new RoutingTable(self.id, dhtSettings);
  for (const contact of known) table.heard(contact, 1_000, 50);
  const store = new ItemStore(context);
  return { world, store, shared: new Sharing({ context, store, table }) };
};
const itemAt = (number: number, iat = 1): VerifiedItem => ({
  item: `${number} ${iat}`,
  id: keyOf(number),
  iat,
});
const at = (kind: PlaceKind, number: number): Place => ({ kind, key: keyOf(number) });
const forGood = { isCached: false, leftMs: dhtSettings.ttlMs };
const markOf = (place: Place, { id, iat }: VerifiedItem) => ({ place, id, iat });

describe('what siblings share', () => {
  it('is the same seen from both, and a part of what they hold where there are many others', () => {
    const [one, other] = [node(alice, everybody), node(bob, everybody)];
    for (let number = 0; number < 300; number++) {
      for (const { store } of [one, other]) store.put(at('record', number), itemAt(number), forGood);
    }
    const names = (items: readonly { place: Place }[]): string[] =>
      items.map(({ place }) => placeName(place)).toSorted();
    const shared = one.shared.shared(bob);
    expect(shared.length).toBeGreaterThan(10);
    expect(shared.length).toBeLessThan(200);
    expect(names(shared)).toEqual(names(other.shared.shared(alice)));
    const empty = node(bob, everybody).shared;
    for (const mark of shared) expect(empty.wants(mark, alice)).toBe(true);
    for (let number = 0; number < 300; number++) {
      const mark = markOf(at('record', number), itemAt(number));
      const isShared = shared.some(({ id }) => id.equals(mark.id));
      expect(empty.wants(mark, alice)).toBe(isShared);
    }
  });

  it('is neither copies of the way nor announcements of mailboxes', () => {
    const { store, shared } = node(alice, [bob]);
    store.put(at('record', 1), itemAt(1), { ...forGood, isCached: true });
    store.put(at('mailbox', 2), itemAt(2), forGood);
    store.put(at('feed', 3), itemAt(3), forGood);
    expect(shared.shared(bob).map(({ id }) => id)).toEqual([keyOf(3)]);
    expect(shared.wants(markOf(at('mailbox', 9), itemAt(9)), bob)).toBe(false);
  });

  it('is wanted when it is not held or only as a copy of the way, and is no older than what is', () => {
    const { store, shared } = node(alice, [bob]);
    store.put(at('record', 1), itemAt(1), forGood);
    expect(shared.wants(markOf(at('record', 1), itemAt(1)), bob)).toBe(false);
    store.put(at('record', 2), itemAt(2), { ...forGood, isCached: true });
    expect(shared.wants(markOf(at('record', 2), itemAt(2)), bob)).toBe(true);
    store.put(at('head', 3), itemAt(30, 5), forGood);
    expect(shared.wants(markOf(at('head', 3), itemAt(31, 4)), bob)).toBe(false);
    expect(shared.wants(markOf(at('head', 3), itemAt(31, 5)), bob)).toBe(true);
    for (let number = 0; number < dhtSettings.feedItemsMax; number++)
      store.put(at('feed', 4), itemAt(100 + number, 10 + number), forGood);
    expect(shared.wants(markOf(at('feed', 4), itemAt(99, 9)), bob)).toBe(false);
    expect(shared.wants(markOf(at('feed', 4), itemAt(99, 11)), bob)).toBe(true);
  });

  it('has the time that is left, and no more when it is kept again', () => {
    const one = node(alice, [bob]);
    const other = node(bob, [alice]);
    one.store.put(at('record', 1), itemAt(1), { isCached: false, leftMs: 90_000 });
    const [item] = one.shared.shared(bob);
    expect(item!.leftSeconds).toBe(90);
    other.shared.keep(item!.place, itemAt(1), item!.leftSeconds, alice);
    expect(other.store.find(at('record', 1), keyOf(1))!.untilMs).toBe(1_000 + 90_000);
    one.world.nowMs += 89_500;
    expect(one.shared.shared(bob)).toEqual([]);
  });
});
