import { describe, expect, it } from '@jest/globals';
import { compareDistance, type Key } from '../src/keys/key.js';
import { recordPlaceOf, type Member, Network } from './network.js';
import { ringTarget } from '../src/keys/ring-target.js';
import type { Request } from '../src/messages/message.js';

/** Who says, asked alone, that it holds the record. */
function holdersOf(network: Network, key: Key): Set<Member> {
  const place = recordPlaceOf(key);
  return new Set(
    network.all.filter((member) => network.search(member, { place }, { among: ['local'] }).items.length > 0),
  );
}

/** Stores it from anywhere; answers who was closest in truth, ring by ring. */
function storeRecord(network: Network, by = network.some) {
  const item = network.make();
  const place = recordPlaceOf(item.id);
  const closest = [0, 1].map((ring) => network.closest(ringTarget(place, ring), 4));
  network.act(by, (node) => node.store(place, item, { pinned: false }, network.nowMs));
  network.run(10_000);
  return { item, place, by, closest };
}

/** Answers `find` with others of its kind only, and stores nothing. */
function makeLiars(liars: readonly Member[]): void {
  const closestLiars = (target: Key) =>
    liars
      .map(({ contact }) => contact)
      .sort((a, b) => compareDistance(target, a.id, b.id))
      .slice(0, 8);
  for (const liar of liars) {
    liar.lie = (request: Request) => {
      if (request.kind === 'find') {
        return { kind: 'found', n: request.n, contacts: closestLiars(request.target), items: [] };
      }
      return request.kind === 'store' ? { kind: 'stored', n: request.n } : undefined;
    };
  }
}

describe('a lookup', () => {
  it('finds exactly the closest of all in every ring', () => {
    const network = new Network({ seed: 11, archives: 1_000 }).grow(150);
    for (let i = 0; i < 5; i++) {
      const { item, by, closest } = storeRecord(network);
      const expected = new Set([by, ...closest.flat()]);
      expect(holdersOf(network, item.id)).toEqual(expected);
    }
  });

  it('goes round those that are gone and those that say nothing', () => {
    const network = new Network({ seed: 12, archives: 1_000 }).grow(150);
    const all = network.all;
    all.slice(0, 50).forEach((member) => network.leave(member));
    all.slice(50, 65).forEach((member) => (member.isSilent = true));
    const { place, item } = storeRecord(network, all[100]);
    const alive = all.slice(65);
    for (let i = 0; i < 10; i++) {
      const found = network.search(alive[(i * 8) % alive.length]!, { place });
      expect(found.items).toEqual([item]);
    }
  });

  it('is not led astray by liars who name only each other', () => {
    const network = new Network({ seed: 13, archives: 1_000 }).grow(200);
    const liars = network.all.filter((_member, at) => at % 10 < 3);
    makeLiars(liars);
    const honest = network.all.filter((member) => !liars.includes(member));
    let found = 0;
    for (let i = 0; i < 40; i++) {
      const { place } = storeRecord(network, honest[i]);
      const { items } = network.search(honest[honest.length - 1 - i]!, { place }, { among: ['rings'] });
      found += items.length;
    }
    expect(found).toBeGreaterThanOrEqual(38);
  });

  it('lets a lying hint spoil one path only', () => {
    const network = new Network({ seed: 14, archives: 1_000 }).grow(100);
    const { place, item } = storeRecord(network);
    const liars = network.all.slice(0, 20);
    makeLiars(liars);
    const asker = network.all[60]!;
    const search = network.act(asker, (node) => node.search({ place }, { among: ['rings'] }, network.nowMs));
    const hint = liars.slice(0, 8).map(({ contact }) => contact);
    network.act(asker, (node) => node.hinted(search, ringTarget(place, 0), hint, network.nowMs));
    network.run(20_000);
    expect(asker.items(search)).toEqual([item.item]);
  });
});

describe('a search', () => {
  it('finds through the second ring what the first has lost', () => {
    const network = new Network({ seed: 21, archives: 1_000 }).grow(120);
    const { place, item, closest, by } = storeRecord(network);
    const second = new Set(closest[1]);
    for (const member of new Set([by, ...closest[0]!])) if (!second.has(member)) network.leave(member);
    const found = network.search(network.some, { place }, { among: ['rings'] });
    expect(found.items).toEqual([item]);
  });

  it('finds by flood what lies in no ring', () => {
    const network = new Network({ seed: 22 }).grow(60);
    const item = network.make();
    const place = recordPlaceOf(item.id);
    const readers = network.all.filter((_member, at) => at % 4 === 0);
    for (const reader of readers) network.act(reader, (node) => node.keep(place, item, network.nowMs));
    const asker = network.all[1]!;
    expect(network.search(asker, { place }, { among: ['flood'] })).toMatchObject({
      items: [item],
      source: { in: 'flood' },
    });
  });

  it('answers from the own store without a message', () => {
    const network = new Network({ seed: 23 }).grow(10);
    const item = network.make();
    const place = recordPlaceOf(item.id);
    const reader = network.some;
    network.act(reader, (node) => node.keep(place, item, network.nowMs));
    const before = network.messages;
    const number = network.act(reader, (node) => node.search({ place }, {}, network.nowMs));
    expect(reader.done(number)).toMatchObject({
      items: [item],
      source: { in: 'local' },
      cost: { messages: 0, hops: 0, elapsedMs: 0 },
    });
    expect(network.messages).toBe(before);
  });

  it('says once, and within its time, that nothing was found', () => {
    const network = new Network({ seed: 24 }).grow(100);
    const place = recordPlaceOf(network.make().id);
    for (const asker of network.all.slice(0, 10)) {
      const number = network.act(asker, (node) => node.search({ place }, {}, network.nowMs));
      network.run(21_000);
      expect(asker.done(number)).toMatchObject({ items: [], source: undefined });
    }
  });

  it('waits a little for a hint when nobody is known, and no longer', () => {
    const network = new Network({ seed: 25, archives: 1_000 }).grow(60);
    const { place, item } = storeRecord(network);
    const [alone, helped] = [network.add(), network.add()];
    const search = (member: Member): number =>
      network.act(member, (node) => node.search({ place }, {}, network.nowMs));
    const [without, withHint] = [search(alone), search(helped)];
    const hint = [network.all[0]!.contact];
    network.act(helped, (node) => node.hinted(withHint, ringTarget(place, 0), hint, network.nowMs));
    network.run(2_000);
    expect(alone.done(without)).toMatchObject({ items: [] });
    expect(alone.node.status.sent.messages).toBe(0);
    expect(helped.items(withHint)).toEqual([item.item]);
  });

  it('says nothing any more once it is cancelled', () => {
    const network = new Network({ seed: 26 }).grow(60);
    const { place } = storeRecord(network);
    const asker = network.all.at(-1)!;
    const number = network.act(asker, (node) => node.search({ place }, { among: ['rings'] }, network.nowMs));
    network.act(asker, (node) => node.cancel(number));
    network.run(30_000);
    expect(asker.found.filter(({ search }) => search === number)).toEqual([]);
  });

  it('leaves a copy at the last one on the way that had none, so that the next is nearer', () => {
    const network = new Network({ seed: 27, archives: 1_000 }).grow(150);
    const { place, item } = storeRecord(network);
    const before = holdersOf(network, item.id).size;
    for (const asker of network.all.slice(0, 30)) network.search(asker, { place }, { among: ['rings'] });
    network.run(1_000);
    expect(holdersOf(network, item.id).size).toBeGreaterThan(before);
  });
});

describe('the same seed', () => {
  it('is the same run', () => {
    const run = (seed: number): readonly number[] => {
      const network = new Network({ seed }).grow(40);
      const { place } = storeRecord(network);
      network.search(network.some, { place });
      network.run(600_000);
      return [network.trace, network.messages];
    };
    expect(run(31)).toEqual(run(31));
    expect(run(31)).not.toEqual(run(32));
  });
});
