import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareItems } from './order.js';
import { SortedArray, SumTree, type Item } from './index.js';

describe('a tree', () => {
  it('says whether an insertion or a deletion changed it', () => {
    const tree = new SumTree();
    expect(tree.insert(itemOf(1))).toBe(true);
    expect(tree.insert(itemOf(1))).toBe(false);
    expect(tree.has(itemOf(1))).toBe(true);
    expect(tree.delete(itemOf(2))).toBe(false);
    expect(tree.delete(itemOf(1))).toBe(true);
    expect(tree.has(itemOf(1))).toBe(false);
    expect(tree.size).toBe(0);
  });

  it('is, after any insertions and deletions, what a sorted array of the rest is', () => {
    const runs = fc.array(
      fc.record({
        from: fc.nat(4_000),
        count: fc.nat(1_500),
        step: fc.integer({ min: -7, max: 7 }),
        add: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(runs, (changes) => {
        const tree = new SumTree();
        const held = new Map<number, Item>();
        for (const { from, count, step, add } of changes) {
          for (let index = 0; index < count; index++) {
            const number = (((from + index * step) % 4_000) + 4_000) % 4_000;
            expect(add ? tree.insert(itemOf(number)) : tree.delete(itemOf(number))).toBe(
              held.has(number) !== add,
            );
            if (add) held.set(number, itemOf(number));
            else held.delete(number);
          }
        }
        expectSame(tree, [...held.values()]);
      }),
      { numRuns: 40 },
    );
  });

  it('is empty and good again after everything was deleted, from either end and from the middle', () => {
    const items = Array.from({ length: 20_000 }, (_, number) => itemOf(number)).sort(compareItems);
    for (const order of [items, items.toReversed(), [...items.slice(7_000), ...items.slice(0, 7_000)]]) {
      const tree = new SumTree(items);
      for (const item of order.slice(0, 15_000)) tree.delete(item);
      expectSame(tree, order.slice(15_000));
      for (const item of order.slice(15_000)) tree.delete(item);
      expect(tree.size).toBe(0);
      tree.insert(itemOf(1));
      expectSame(tree, [itemOf(1)]);
    }
  });

  it('hands out items that a later change leaves as they were', () => {
    const tree = new SumTree(Array.from({ length: 100 }, (_, number) => itemOf(number * 2)));
    const first = tree.itemAt(0);
    const before = [...first.id];
    tree.insert({ time: 0, id: new Uint8Array(32) });
    expect([...first.id]).toEqual(before);
  });
});

function expectSame(tree: SumTree, items: readonly Item[]): void {
  const array = new SortedArray(items);
  expect(tree.size).toBe(array.size);
  expect([...tree.items(0, tree.size)].map(({ time, id }) => `${time} ${id.join()}`)).toEqual(
    [...array.items(0, array.size)].map(({ time, id }) => `${time} ${id.join()}`),
  );
  for (let begin = 0; begin <= array.size; begin += 97) {
    expect(tree.sum(begin, array.size)).toEqual(array.sum(begin, array.size));
    const middle = Math.floor((begin + array.size) / 2);
    expect(tree.sum(begin, middle)).toEqual(array.sum(begin, middle));
  }
}

/** Different for every number, some of one time. */
function itemOf(number: number): Item {
  const id = new Uint8Array(32).fill(number % 256);
  id[1] = number >>> 8;
  return { time: 1_000 + (number % 100), id };
}
