/** Lookups and searches among whole nodes. */
import { describe, expect, it } from '@jest/globals';
import { Network } from './network.js';

describe('a network of whole nodes', () => {
  it('finds what was stored, from everywhere', () => {
    const network = new Network({ seed: 1 }).grow(100);
    const item = network.make();
    const place = { kind: 'record', key: item.id } as const;
    network.act(network.some, (node) => node.store(place, item, { pinned: false }, network.nowMs));
    network.run(10_000);
    for (let i = 0; i < 20; i++) {
      const done = network.search(network.some, { place }, {});
      expect(done.items.map(({ id }) => id.text)).toEqual([item.id.text]);
    }
  });

  it('says once that nothing was found', () => {
    const network = new Network({ seed: 2 }).grow(100);
    const item = network.make();
    const done = network.search(network.some, { place: { kind: 'record', key: item.id } });
    expect(done).toMatchObject({ items: [], source: undefined, done: true });
  });
});
