import { describe, expect, it } from '@jest/globals';
import type { Place } from '../src/keys/place.js';
import { ringTarget } from '../src/keys/ring-target.js';
import type { Effect, VerifiedItem } from '../src/node/effect.js';
import { type Member, Network, recordPlaceOf, senderOf } from './network.js';

const minute = 60_000;

const holdersOf = (network: Network, place: Place): Member[] =>
  network.all.filter((member) => network.search(member, { place }, { among: ['local'] }).done && has(member));
const has = (member: Member): boolean => (member.found.at(-1)?.items.length ?? 0) > 0;

/** Looks without asking, because being asked for is being read. */
const heldBy = (network: Network): number =>
  network.all.reduce((sum, { node }) => sum + node.status.held.items - node.status.held.cached, 0);

function store(network: Network, place: Place, item: VerifiedItem, pinned = false): Member {
  const owner = network.some;
  network.act(owner, (node) => node.store(place, item, { pinned }, network.nowMs));
  network.run(10_000);
  return owner;
}

describe('storing', () => {
  it('tells once how many hold it in every ring', () => {
    const network = new Network({ seed: 41, archives: 1_000 }).grow(60);
    network.keepsEffects = true;
    const item = network.make();
    const owner = store(network, recordPlaceOf(item.id), item);
    expect(owner.effects.filter((each) => each.do === 'stored')).toEqual([
      { do: 'stored', store: 1, copies: [4, 4] },
    ]);
  });

  it('brings what is pinned to three rings', () => {
    const network = new Network({ seed: 42, archives: 1_000 }).grow(60);
    network.keepsEffects = true;
    const item = network.make();
    const owner = store(network, recordPlaceOf(item.id), item, true);
    expect(owner.effects.filter((each) => each.do === 'stored')).toMatchObject([{ copies: [4, 4, 4] }]);
    expect(owner.node.status.held.pinned).toBe(1);
  });

  it('brings it once when it is stored again meanwhile, and tells both', () => {
    const network = new Network({ seed: 42, archives: 1_000 }).grow(60);
    network.keepsEffects = true;
    const item = network.make();
    const place = recordPlaceOf(item.id);
    const owner = network.some;
    const storeIt = (): number =>
      network.act(owner, (node) => node.store(place, item, { pinned: true }, network.nowMs));
    const first = storeIt();
    network.run(30);
    const second = storeIt();
    network.run(10_000);
    const of = (what: Effect['do']): Effect[] => owner.effects.filter((each) => each.do === what);
    expect(of('stored')).toEqual([
      { do: 'stored', store: first, copies: [4, 4, 4] },
      { do: 'stored', store: second, copies: [4, 4, 4] },
    ]);
    const brought = of('send').filter((each) => each.do === 'send' && each.message.kind === 'store');
    expect(brought.length).toBeLessThanOrEqual(12);

    // What has ended is not waited for.
    const third = storeIt();
    network.run(10_000);
    expect(of('stored').at(-1)).toMatchObject({ store: third, copies: [4, 4, 4] });
  });

  it('brings a copy to nobody twice, also where its owner is one of the holders', () => {
    const network = new Network({ seed: 43, archives: 3 }).grow(60);
    network.keepsEffects = true;
    for (let i = 0; i < 10; i++) {
      const item = network.make();
      const owner = store(network, recordPlaceOf(item.id), item);
      network.run(minute);
      const brought = owner.effects.flatMap((each) =>
        each.do === 'send' && each.message.kind === 'store' && each.message.items.includes(item.item)
          ? [`${each.message.ring} ${each.to.id.text}`]
          : [],
      );
      expect(new Set(brought).size).toBe(brought.length);
      owner.effects.length = 0;
    }
  });

  it('puts no more than three of four copies with the clients of one archive, while there are others', () => {
    const network = new Network({ seed: 43, archives: 3 }).grow(60);
    network.keepsEffects = true;
    for (let i = 0; i < 10; i++) {
      const item = network.make();
      const place = recordPlaceOf(item.id);
      const owner = store(network, place, item);
      const stores = owner.effects.flatMap((each) =>
        each.do === 'send' && each.message.kind === 'store' && each.message.place === place ? [each] : [],
      );
      for (const ring of [0, 1]) {
        const archives = stores.filter(({ message }) => 'ring' in message && message.ring === ring);
        for (const each of ['archive-0', 'archive-1', 'archive-2']) {
          expect(archives.filter(({ to }) => to.archive === each).length).toBeLessThanOrEqual(3);
        }
      }
      owner.effects.length = 0;
    }
  });

  it('is over when the item is retracted on its way', () => {
    const network = new Network({ seed: 47, archives: 1_000 }).grow(20);
    const item = network.make();
    const place = recordPlaceOf(item.id);
    const owner = network.some;
    network.act(owner, (node) => node.store(place, item, { pinned: true }, network.nowMs));
    network.run(10);
    network.act(owner, (node) => node.drop(place, item.id, network.nowMs));
    network.run(10_000);
    expect(holdersOf(network, place)).toEqual([]);
  });

  it('asks others in the place of those that refuse', () => {
    const network = new Network({ seed: 44, archives: 1_000 }).grow(60);
    network.keepsEffects = true;
    for (const member of network.all.filter((_member, at) => at % 3 === 0)) {
      member.lie = (request) =>
        request.kind === 'store' ? { kind: 'refused', n: request.n, code: 'full' } : undefined;
    }
    const item = network.make();
    const owner = store(network, recordPlaceOf(item.id), item);
    expect(owner.effects.filter((each) => each.do === 'stored')).toMatchObject([{ copies: [4, 4] }]);
  });

  it('lets fade what nobody reads, though it is handed on and repaired meanwhile', () => {
    const network = new Network({ seed: 45 }).grow(30);
    const item = network.make();
    store(network, recordPlaceOf(item.id), item);
    expect(heldBy(network)).toBeGreaterThan(0);
    for (let i = 0; i < 11; i++) {
      network.leave(network.some);
      network.join();
      network.run(5 * minute);
    }
    expect(heldBy(network)).toBeGreaterThan(0);
    network.run(7 * minute);
    expect(heldBy(network)).toBe(0);
  });

  it('keeps what is read', () => {
    const network = new Network({ seed: 46 }).grow(30);
    const item = network.make();
    const place = recordPlaceOf(item.id);
    store(network, place, item);
    for (let i = 0; i < 6; i++) {
      network.run(20 * minute);
      expect(network.search(network.some, { place }).items).toEqual([item]);
    }
  });

  it('keeps what is pinned, and with everybody who held it gone the owner brings it again', () => {
    const network = new Network({ seed: 47 }).grow(40);
    const item = network.make();
    const place = recordPlaceOf(item.id);
    const owner = store(network, place, item, true);
    network.run(90 * minute);
    for (const holder of holdersOf(network, place)) if (holder !== owner) network.leave(holder);
    network.run(15 * minute);
    const other = network.all.find((member) => member !== owner)!;
    expect(network.search(other, { place }, { among: ['rings'] }).items).toEqual([item]);
    network.act(owner, (node) => node.unpin(place, item.id, network.nowMs));
    expect(owner.node.status.held.pinned).toBe(0);
  });

  it('survives that all holders leave, one after another', () => {
    const network = new Network({ seed: 48, archives: 1_000 }).grow(60);
    const item = network.make();
    const place = recordPlaceOf(item.id);
    store(network, place, item);
    const first = holdersOf(network, place);
    for (const holder of first) {
      network.leave(holder);
      network.join();
      network.run(4 * minute);
    }
    expect(network.search(network.some, { place }, { among: ['rings'] }).items).toEqual([item]);
  });
});

describe('a place', () => {
  it('of a head holds the greatest, whatever the order', () => {
    const network = new Network({ seed: 51 }).grow(40);
    const place: Place = { kind: 'head', key: network.make().id };
    const newer = network.make(200);
    for (const item of [network.make(100), newer, network.make(150)]) store(network, place, item);
    for (let i = 0; i < 5; i++) {
      const asker = network.some;
      network.search(asker, { place });
      expect(asker.items(asker.found.at(-1)!.search).at(-1)).toBe(newer.item);
    }
  });

  it('of a feed holds the newest', () => {
    const network = new Network({ seed: 52, settings: { feedItemsMax: 4 } }).grow(30);
    const place: Place = { kind: 'feed', key: network.make().id };
    for (const iat of [3, 9, 1, 7, 5, 8]) store(network, place, network.make(iat));
    const asker = network.add('observer');
    network.act(asker, (node) => node.learn([network.all[0]!.contact], 'kept', network.nowMs));
    network.run(10_000);
    network.search(asker, { place });
    const iats = asker.found.flatMap(({ items }) => items.map(({ iat }) => iat));
    expect(new Set(iats)).toEqual(new Set([9, 8, 7, 5]));
  });

  it('takes nothing that lies elsewhere in the ring', () => {
    const network = new Network({ seed: 53 }).grow(100);
    const by = network.some;
    network.keepsEffects = true;
    for (let n = 1; n <= 20; n++) {
      const { id, item } = network.make();
      const place = recordPlaceOf(id);
      const [closest] = network.closest(ringTarget(place, 0), 1);
      const far = network.closest(ringTarget(place, 0), 100).at(-1)!;
      const before = far.node.status;
      network.tell(far, senderOf(by), { kind: 'store', n, place, ring: 0, items: [item], cached: false });
      expect(far.effects).toContainEqual(
        expect.objectContaining({ do: 'misbehaved', what: 'out-of-ring', contact: senderOf(by) }),
      );
      expect(far.node.status.held).toEqual(before.held);
      network.tell(closest!, senderOf(by), {
        kind: 'store',
        n,
        place,
        ring: 0,
        items: [item],
        cached: false,
      });
      expect(closest!.effects).toContainEqual(
        expect.objectContaining({ do: 'send', message: { kind: 'stored', n } }),
      );
      // The next one is about somebody else.
      for (const member of network.all) member.effects.length = 0;
    }
  });
});
