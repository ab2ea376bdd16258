import { describe, expect, it } from '@jest/globals';
import type { Place } from '../src/keys/place.js';
import { dhtLimits } from '../src/limits.js';
import type { VerifiedItem } from '../src/node/effect.js';
import { type Member, Network, recordPlaceOf } from './network.js';

const ringsAlone = { among: ['rings'] } as const;

function lookedFor(seed: number): { network: Network; reader: Member; item: VerifiedItem; place: Place } {
  const network = new Network({ seed, archives: 1_000 }).grow(60);
  network.keepsEffects = true;
  const item = network.make();
  return { network, reader: network.some, item, place: recordPlaceOf(item.id) };
}

const cameFromArchive = (network: Network, reader: Member, place: Place, item: VerifiedItem): void =>
  network.act(reader, (node) => node.keep(place, item, network.nowMs));

const sent = (member: Member, kind: string): number =>
  member.effects.filter((each) => each.do === 'send' && each.message.kind === kind).length;

/** In each ring alone, by somebody else. */
const isInRings = (network: Network, but: Member, place: Place): boolean => {
  const asker = network.all.find((member) => member !== but && member.node.status.held.cached === 0)!;
  return network.search(asker, { place }, ringsAlone).items.length > 0;
};

describe('a record that no ring has', () => {
  it('is brought to those that should have it when it comes from elsewhere', () => {
    const { network, reader, item, place } = lookedFor(71);
    expect(network.search(reader, { place }).items).toEqual([]);
    reader.effects.length = 0;
    cameFromArchive(network, reader, place, item);
    expect(sent(reader, 'find')).toBe(0);
    network.run(10_000);
    network.leave(reader);
    expect(isInRings(network, reader, place)).toBe(true);
    const held = network.all.filter(({ node }) => node.status.held.items > node.status.held.cached);
    // The reader may have been one of the holders, in one ring or in both.
    expect(held.length).toBeGreaterThanOrEqual(5);
  });

  it('is brought also when it came while the search went on, which then ends without a word and a flood', () => {
    const { network, reader, item, place } = lookedFor(72);
    const number = network.act(reader, (node) => node.search({ place }, {}, network.nowMs));
    cameFromArchive(network, reader, place, item);
    network.act(reader, (node) => node.cancel(number));
    network.run(30_000);
    expect(reader.found).toEqual([]);
    expect(sent(reader, 'flood')).toBe(0);
    network.leave(reader);
    expect(isInRings(network, reader, place)).toBe(true);
  });

  it('is brought when a flood has found it', () => {
    const { network, reader, item, place } = lookedFor(73);
    for (const holder of network.all.filter((member, at) => member !== reader && at % 4 === 0)) {
      cameFromArchive(network, holder, place, item);
      // No lookup finds it there.
      holder.lie = (request) =>
        request.kind === 'find' ? { kind: 'refused', n: request.n, code: 'busy' } : undefined;
    }
    expect(network.search(reader, { place })).toMatchObject({ items: [item], source: { in: 'flood' } });
    cameFromArchive(network, reader, place, item);
    network.run(10_000);
    expect(sent(reader, 'store')).toBeGreaterThanOrEqual(6);
  });

  it('stays where it is when nobody has brought it, or only much later', () => {
    const { network, reader, item, place } = lookedFor(74);
    network.search(reader, { place });
    network.run(dhtLimits.missedMs + 1_000);
    cameFromArchive(network, reader, place, item);
    network.run(10_000);
    expect(sent(reader, 'store')).toBe(0);
  });

  it('is not brought when the search was cancelled before, for nobody has looked', () => {
    const { network, reader, item, place } = lookedFor(75);
    const number = network.act(reader, (node) => node.search({ place }, {}, network.nowMs));
    network.act(reader, (node) => node.cancel(number));
    cameFromArchive(network, reader, place, item);
    network.run(30_000);
    expect(sent(reader, 'store')).toBe(0);
  });
});

describe('a record that a ring has', () => {
  it('is not brought again, whether it is found or comes from elsewhere before', () => {
    const { network, reader, item, place } = lookedFor(76);
    const owner = network.all.find((member) => member !== reader)!;
    network.act(owner, (node) => node.store(place, item, { pinned: false }, network.nowMs));
    network.run(10_000);
    // Somebody who holds nothing of it, else there is nothing to look for.
    const asker = network.all.find(({ node }) => node.status.held.items === 0)!;
    asker.effects.length = 0;
    const number = network.act(asker, (node) => node.search({ place }, ringsAlone, network.nowMs));
    cameFromArchive(network, asker, place, item);
    network.act(asker, (node) => node.cancel(number));
    network.run(30_000);
    const brought = asker.effects.filter(
      (each) => each.do === 'send' && each.message.kind === 'store' && !each.message.cached,
    );
    expect(brought).toEqual([]);
  });
});

it('remembers so many records that were missed, and no more', () => {
  const { network, reader } = lookedFor(77);
  const items = Array.from({ length: dhtLimits.missedMax + 2 }, () => network.make());
  const numbers = items.map(({ id }) =>
    network.act(reader, (node) => node.search({ place: recordPlaceOf(id) }, ringsAlone, network.nowMs)),
  );
  network.run(15_000);
  for (const number of numbers) expect(reader.done(number)?.items).toEqual([]);
  const brought = items.filter((item) => {
    const before = sent(reader, 'store');
    cameFromArchive(network, reader, recordPlaceOf(item.id), item);
    return sent(reader, 'store') > before;
  });
  expect(brought).toHaveLength(dhtLimits.missedMax);
});
