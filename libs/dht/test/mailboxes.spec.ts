import { describe, expect, it } from '@jest/globals';
import type { Place } from '../src/keys/place.js';
import { ringTarget } from '../src/keys/ring-target.js';
import { dhtLimits, dhtSettings } from '../src/limits.js';
import type { Answer, Item } from '../src/messages/message.js';
import { ItemStore } from '../src/store/item-store.js';
import { chance, itemOf, type Member, Network, randomKey } from './network.js';
import { keyOf } from './part-world.js';

const world = (seed: number) => {
  const network = new Network({ seed, archives: 1_000 }).grow(40);
  network.keepsEffects = true;
  const place: Place = { kind: 'mailbox', key: randomKey(network.random) };
  const closest = new Set([0, 1].flatMap((ring) => network.closest(ringTarget(place, ring), 8)));
  const asker = network.all.find((member) => !closest.has(member))!;
  return { network, place, asker, closest: [...closest] };
};

/** From now on the member answers whoever looks for what it holds with these. */
const gives = (member: Member, items: (name: string) => readonly Item[]): void => {
  const name = member.contact.id.text;
  member.lie = (request): Answer | undefined =>
    request.kind === 'find' && request.place !== undefined
      ? { kind: 'found', n: request.n, contacts: [], items: items(name) }
      : undefined;
};

const looksFor = (network: Network, asker: Member, place: Place): readonly Item[] => {
  const number = network.act(asker, (node) =>
    node.search({ place }, { among: ['local', 'rings'] }, network.nowMs),
  );
  network.run(dhtSettings.searchMs + 5_000);
  expect(asker.done(number)).toBeDefined();
  return asker.items(number);
};

const blamed = ({ effects }: Member): string[] =>
  effects.flatMap((each) => (each.do === 'misbehaved' ? [`${each.what} ${each.contact.id.text}`] : []));

describe('a search for a mailbox', () => {
  it.each([1, 2, 3, 4, 5, 6])('finds the one who has it among those who forge (seed %i)', (seed) => {
    const { network, place, asker, closest } = world(seed);
    const item = network.make();
    const holder = closest[seed]!;
    network.act(holder, (node) => node.keep(place, item, network.nowMs));
    const forgers = closest.filter((member) => member !== holder);
    for (const each of forgers) gives(each, (name) => [0, 1, 2, 3].map((at) => `forged ${at} ${name}`));
    // Named by somebody, whoever answers without naming anybody.
    network.act(asker, (node) => node.learn([holder.contact], 'hint', network.nowMs));
    network.run(2_000);
    expect(looksFor(network, asker, place)).toEqual([item.item]);
    const names = new Set(forgers.map(({ contact }) => contact.id.text));
    for (const each of blamed(asker).filter((what) => what.startsWith('forged-item'))) {
      expect(names).toContain(each.split(' ')[1]);
    }
  });

  it('looks at one forgery of each who forges, and ends', () => {
    const { network, place, asker } = world(11);
    for (const each of network.all) {
      if (each !== asker) gives(each, (name) => [0, 1, 2, 3].map((at) => `forged ${at} ${name}`));
    }
    expect(looksFor(network, asker, place)).toEqual([]);
    const checked = asker.effects.filter((each) => each.do === 'verify');
    expect(checked.length).toBeGreaterThan(0);
    expect(checked.length).toBeLessThanOrEqual(2 * network.all.length);
    expect(checked.length).toBeLessThanOrEqual(dhtLimits.checksPerSearchMax);
    expect(blamed(asker).filter((what) => what.startsWith('forged-item'))).toHaveLength(checked.length);
  });

  it('counts nobody as a holder, and blames nobody, for what holders cannot tell from the truth', () => {
    const { network, place, asker, closest } = world(12);
    const item = network.make();
    for (const each of closest) gives(each, () => ['doubtful 1', 'doubtful 2', 'doubtful 3', item.item]);
    const inFront = network.closest(ringTarget(place, 0), 8);
    for (const each of inFront) gives(each, () => ['doubtful 1', 'doubtful 2', 'doubtful 3', 'doubtful 4']);
    expect(looksFor(network, asker, place)).toEqual([item.item]);
    expect(blamed(asker)).toEqual([]);
  });

  it('is not ended by what the one who looks holds for others', () => {
    const { network, place, asker, closest } = world(13);
    const item = network.make();
    const doubtful = { ...itemOf(keyOf(7)), item: 'doubtful 1' };
    network.act(asker, (node) => node.keep(place, doubtful, network.nowMs));
    for (const each of closest) gives(each, () => ['doubtful 1', item.item]);
    for (const each of network.closest(ringTarget(place, 0), 4)) gives(each, () => ['doubtful 1']);
    expect(looksFor(network, asker, place)).toEqual(['doubtful 1', item.item]);
  });
});

describe('the place of a mailbox', () => {
  it('has one announcement of a node, its latest: one node pushes nobody out', () => {
    const context = { nowMs: 0, random: chance(3), settings: dhtSettings };
    const store = new ItemStore(context);
    const place: Place = { kind: 'mailbox', key: keyOf(1) };
    const terms = { isCached: false, ring: 0, leftMs: dhtSettings.ttlMs };
    const said = (node: number, iat: number): void => void store.put(place, itemOf(keyOf(node), iat), terms);
    said(2, 10);
    for (let iat = 20; iat < 40; iat++) said(3, iat);
    said(3, 15);
    expect(store.at(place).map(({ item }) => [item.id.text, item.iat])).toEqual([
      [keyOf(3).text, 39],
      [keyOf(2).text, 10],
    ]);
    expect(store.counts.items).toBe(2);
  });
});
