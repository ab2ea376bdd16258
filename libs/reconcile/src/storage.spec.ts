import { describe, expect, it } from '@jest/globals';
import { setStorageContract } from './contract.js';
import { since, SortedArray, SumTree, type Item, type SetStorage } from './index.js';

const storages: Record<string, (items: readonly Item[]) => SetStorage> = {
  'a sorted array': (items) => new SortedArray(items),
  'a tree': (items) => new SumTree(items),
  'a tree that has held more': (items) => {
    const others = Array.from({ length: 3_000 }, (_, index) => ({
      time: 1_700_000_000 + index * 2,
      id: new Uint8Array(32).fill(index % 251),
    }));
    const tree = new SumTree([...others, ...items]);
    for (const other of others) tree.delete(other);
    return tree;
  },
  'the part of a larger set': (items) => {
    const least = Math.min(...items.map(({ time }) => time));
    if (least === 0 || items.length === 0) return since(new SumTree(items), 0);
    const older = Array.from({ length: 100 }, (_, index) => ({
      time: least - 1,
      id: new Uint8Array(32).fill(index),
    }));
    return since(new SumTree([...older, ...items]), least);
  },
};

describe.each(Object.entries(storages))('%s', (_, make) => {
  it.each(setStorageContract.map((one) => [one.name, one] as const))('%s', (_name, one) => {
    one.check(make(one.items));
  });
});

it('a sorted array refuses an item that comes twice', () => {
  const item = { time: 1, id: new Uint8Array(32) };
  expect(() => new SortedArray([item, { ...item }])).toThrow('twice');
});

it.each([
  ['a time that is no whole number', { time: 1.5, id: new Uint8Array(32) }],
  ['a time before 0', { time: -1, id: new Uint8Array(32) }],
  ['a time beyond 2^53 - 1', { time: 2 ** 53, id: new Uint8Array(32) }],
  ['an id of another length', { time: 1, id: new Uint8Array(31) }],
])('%s is in no set', (_, item) => {
  expect(() => new SortedArray([item])).toThrow(RangeError);
  expect(() => new SumTree().insert(item)).toThrow(RangeError);
});
