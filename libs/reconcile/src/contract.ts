/**
 * What every SetStorage keeps true, as cases without a test framework. Each one names the items that a storage is to
 * hold and what it is asked then; it throws when the contract is broken. A check is a step like any other: pure, and it
 * may be run again from its start.
 */
import { IdSum } from './id-sum.js';
import { compareItems, endBound, isBelow, startBound } from './order.js';
import { initiate, reconcile, respond } from './reconcile.js';
import { SortedArray } from './sorted-array.js';
import type { Bound, Item, SetStorage } from './storage.js';

export interface StorageCase {
  readonly name: string;
  /** In no particular order, and no two the same. */
  readonly items: readonly Item[];
  check(storage: SetStorage): void;
}

export const setStorageContract: readonly StorageCase[] = [
  overItems('an empty set', []),
  overItems('one item', scattered(1)),
  overItems('many items of many times', scattered(3_000)),
  overItems(
    'many items of one time',
    scattered(1_500).map(({ id }) => ({ time: 1_700_000_000, id })),
  ),
  overItems('ids that differ in their last byte only', alike(200)),
  overItems('the least and the greatest items', extremes()),
].flat();

function overItems(what: string, items: readonly Item[]): StorageCase[] {
  const sorted = items.toSorted(compareItems);
  const places = somePlaces(sorted.length);
  const ranges = places.flatMap((begin) =>
    places.filter((end) => end >= begin).map((end) => [begin, end] as const),
  );
  const of = (name: string, check: StorageCase['check']): StorageCase => ({
    name: `${what}: ${name}`,
    items,
    check,
  });
  return [
    of('it has the size of the set, and every item in its place', (storage) => {
      equal(storage.size, sorted.length);
      for (const place of places.filter((place) => place < sorted.length)) {
        equal(textOf(storage.itemAt(place)), textOf(sorted[place]!));
      }
    }),
    of('it goes through any range in order', (storage) => {
      for (const [begin, end] of ranges) {
        equal([...storage.items(begin, end)].map(textOf).join(), sorted.slice(begin, end).map(textOf).join());
      }
    }),
    of('it sums up any range', (storage) => {
      for (const [begin, end] of ranges) {
        const { count, sum } = storage.sum(begin, end);
        equal(count, end - begin);
        const expected = new IdSum();
        for (const { id } of sorted.slice(begin, end)) expected.add(id);
        equal(sum.join(), expected.toBytes().join());
      }
    }),
    of('it finds the first item that is not below a bound, within any range', (storage) => {
      for (const bound of someBounds(
        places.map((place) => sorted[place]).filter((item) => item !== undefined),
      )) {
        for (const [begin, end] of ranges) {
          const found = sorted.slice(begin, end).findIndex((item) => !isBelow(item, bound));
          equal(storage.lowerBound(begin, end, bound), found === -1 ? end : begin + found);
        }
      }
    }),
    of('it is reconciled, in either role, as any other storage is', (storage) => {
      const other = new SortedArray([
        ...sorted.filter((_, place) => place % 7 !== 3),
        ...scattered(40, 'other'),
      ]);
      const own = new SortedArray(sorted);
      equal(transcript(storage, other), transcript(own, other));
      equal(transcript(other, storage), transcript(other, own));
    }),
  ];
}

/** Every message of a conversation, and what was learned. */
function transcript(asking: SetStorage, answering: SetStorage): string {
  const bounds = { frameBytesMax: 8192 };
  const lines: string[] = [];
  for (let message: Uint8Array | undefined = initiate(asking, bounds); message !== undefined;) {
    const answer = respond(answering, message, bounds);
    const step = reconcile(asking, answer, bounds);
    lines.push(message.join(), answer.join(), step.have.join('|'), step.need.join('|'));
    message = step.message;
  }
  return lines.join('\n');
}

function somePlaces(size: number): number[] {
  const places = [
    0,
    1,
    2,
    31,
    63,
    64,
    65,
    Math.floor(size / 3),
    Math.floor(size / 2),
    size - 65,
    size - 1,
    size,
  ];
  return [...new Set(places)].filter((place) => place >= 0 && place <= size).toSorted((a, b) => a - b);
}

/** At, just below and just above each of the items. */
function someBounds(items: readonly Item[]): Bound[] {
  const around = items.flatMap(({ time, id }) => [
    { time, prefix: id },
    { time, prefix: id.slice(0, 1) },
    { time, prefix: id.slice(0, 31) },
    { time, prefix: startBound.prefix },
    { time: time + 1, prefix: startBound.prefix },
  ]);
  return [startBound, endBound, ...around];
}

/** The least and the greatest item that there can be, and times on both sides of 2^32. */
function extremes(): Item[] {
  const times = [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
  return times.flatMap((time, index) => [
    { time, id: new Uint8Array(32).fill(index) },
    { time, id: new Uint8Array(32).fill(255 - times.length + 1 + index) },
  ]);
}

function alike(count: number): Item[] {
  return Array.from({ length: count }, (_, index) => {
    const id = new Uint8Array(32).fill(7);
    id[31] = index;
    return { time: 5, id };
  });
}

/** The same ones every time; what they are does not matter as long as they differ. */
function scattered(count: number, seed = 'items'): Item[] {
  let state = [...seed].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7) >>> 0;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8;
  return Array.from({ length: count }, () => ({
    time: 1_700_000_000 + (next() % 5_000),
    id: Uint8Array.from({ length: 32 }, () => next() & 255),
  }));
}

const textOf = ({ time, id }: Item): string => `${time}:${id.join('.')}`;

function equal(found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`Found ${String(found)} where ${String(expected)} was expected.`);
}
