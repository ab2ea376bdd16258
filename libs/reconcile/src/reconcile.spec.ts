import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { converse } from '../test/conversation.js';
import { bytesOf, hexOf, idsOf, someItems, type ItemsShape } from '../test/items.js';
import {
  fingerprintOf,
  IdSum,
  initiate,
  limits,
  reconcile,
  respond,
  since,
  SortedArray,
  SumTree,
} from './index.js';
import type { Item, SetStorage } from './index.js';

const frame = fc.option(fc.integer({ min: limits.frameBytesMin, max: 20_000 }), { nil: undefined });
const shape = fc.record<ItemsShape>({
  times: fc.constantFrom(1, 3, 1_000, 2_000_000_000, Number.MAX_SAFE_INTEGER),
  sharedBytes: fc.constantFrom(0, 1, 25),
});
const storage = fc.constantFrom<(items: readonly Item[]) => SetStorage>(
  (items) => new SortedArray(items),
  (items) => new SumTree(items),
  (items) => since(new SumTree(items), 0),
);

describe('reconciliation', () => {
  it('finds exactly what each side has alone, whatever the sets, the storages and the frame limits', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.record({ common: fc.nat(3_000), mine: fc.nat(400), theirs: fc.nat(1_500) }),
        shape,
        fc.tuple(storage, storage),
        fc.record({ asking: frame, answering: frame }),
        (seed, counts, shape, [ofMine, ofTheirs], { asking, answering }) => {
          const common = someItems(seed, counts.common, shape);
          const mine = someItems(seed + 1, counts.mine, shape);
          const theirs = someItems(seed + 2, counts.theirs, shape);
          const found = converse(ofMine([...common, ...mine]), ofTheirs([...theirs, ...common]), {
            ...(asking === undefined ? {} : { asking }),
            ...(answering === undefined ? {} : { answering }),
          });
          expect(found.have).toEqual(idsOf(mine));
          expect(found.need).toEqual(idsOf(theirs));
          expect(Math.max(...found.askedBytes)).toBeLessThanOrEqual(asking ?? Infinity);
          expect(Math.max(...found.answeredBytes)).toBeLessThanOrEqual(answering ?? Infinity);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('needs one question and an answer without ranges when the sets are the same', () => {
    const items = someItems(1, 1_000);
    const question = initiate(new SortedArray(items));
    const answer = respond(new SumTree(items), question);
    expect(hexOf(answer)).toBe('61');
    expect(reconcile(new SortedArray(items), answer)).toEqual({ have: [], need: [] });
  });

  it.each([
    [0, 100],
    [100, 0],
    [0, 0],
    [0, 5_000],
    [5_000, 0],
  ])('finds everything between %d items and %d others', (mine, theirs) => {
    const found = converse(new SortedArray(someItems(1, mine)), new SortedArray(someItems(2, theirs)));
    expect(found.have).toEqual(idsOf(someItems(1, mine)));
    expect(found.need).toEqual(idsOf(someItems(2, theirs)));
  });

  it('keeps times apart that differ only beyond 32 bits', () => {
    const late = someItems(1, 500).map(({ time, id }) => ({ time: Number.MAX_SAFE_INTEGER - time, id }));
    const found = converse(new SortedArray(late.slice(0, 490)), new SortedArray(late.slice(3)));
    expect(found.need).toEqual(idsOf(late.slice(490)));
    expect(found.have).toEqual(idsOf(late.slice(0, 3)));
    expect(found.rounds).toBeLessThanOrEqual(3);
  });

  it('compares what both sides have since a time, whatever they have from before', () => {
    const common = someItems(1, 2_000, { times: 1_000 });
    const old = someItems(2, 500, { times: 1_000 });
    const recent = someItems(3, 5, { times: 1_000 }).map(({ time, id }) => ({ time: time + 1_000, id }));
    const found = converse(
      since(new SumTree([...common, ...old]), 1_000),
      since(new SumTree([...common, ...recent]), 1_000),
    );
    expect(found).toMatchObject({ have: [], need: idsOf(recent), rounds: 1 });
  });

  it('keeps nothing between messages: a step that runs again says the same', () => {
    const mine = new SumTree(someItems(1, 900));
    const theirs = new SumTree(someItems(2, 900));
    const question = initiate(mine);
    const answer = respond(theirs, question);
    expect(initiate(mine)).toEqual(question);
    expect(respond(theirs, question)).toEqual(answer);
    expect(reconcile(mine, answer)).toEqual(reconcile(mine, answer));
  });

  it('loses no range that did not fit into a frame, though the other side has nothing in it', () => {
    // The first list fills the frame but for a little, and 31 ids are due for the other range. A fingerprint of nothing
    // would be the other side's own.
    const told = someItems(1, 118, { times: 1_000 });
    const due = someItems(2, 31).map(({ time, id }) => ({ time: time + 1_000, id }));
    const theirs = new SortedArray([...told, ...due]);
    const nothing = hexOf(fingerprintOf(new Uint8Array(32), 0));
    const bounds = { frameBytesMax: 4096 };
    const found: string[] = [];
    let message: Uint8Array | undefined = bytesOf(`618769000200000001${nothing}`);
    while (message !== undefined) {
      const step = reconcile(new SortedArray([]), respond(theirs, message, bounds), bounds);
      found.push(...step.need.map(hexOf));
      message = step.message;
    }
    expect([...new Set(found)].toSorted()).toEqual(idsOf([...told, ...due]));
  });

  it('ends a round earlier where an initiator may name more ids than the reference would', () => {
    const common = ascending(10_000);
    const more = ascending(11_500);
    const slower = converse(new SumTree(common), new SumTree(more));
    const faster = converse(new SumTree(common), new SumTree(more), {}, { finalIdsMax: 256 });
    expect(faster).toMatchObject({ have: [], need: slower.need, rounds: slower.rounds - 1 });
    const least = converse(new SumTree(common), new SumTree(more), {}, { finalIdsMax: 31 });
    expect(least).toEqual(slower);
  });

  it('finds the same under every bound of an initiator', () => {
    const bounds = fc.record({ finalIdsMax: fc.nat(3_000) });
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(300),
        fc.nat(300),
        frame,
        bounds,
        (seed, mine, theirs, asking, bounds) => {
          const common = someItems(seed, 2_000);
          const found = converse(
            new SortedArray([...common, ...someItems(seed + 1, mine)]),
            new SortedArray([...common, ...someItems(seed + 2, theirs)]),
            asking === undefined ? {} : { asking, answering: asking },
            bounds,
          );
          expect(found.have).toEqual(idsOf(someItems(seed + 1, mine)));
          expect(found.need).toEqual(idsOf(someItems(seed + 2, theirs)));
          expect(Math.max(...found.askedBytes)).toBeLessThanOrEqual(asking ?? Infinity);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('reads no more of its own items than an initiator allows, and needs what it did not look for', () => {
    const items = someItems(1, 500);
    const list = hexOf(items[0]!.id) + '77'.repeat(32);
    const step = reconcile(new SortedArray(items), bytesOf(`6100000202${list}`), { itemsReadMax: 499 });
    expect(step.have).toEqual([]);
    expect(step.need.map(hexOf).join('')).toBe(list);
    const whole = reconcile(new SortedArray(items), bytesOf(`6100000202${list}`), { itemsReadMax: 500 });
    expect(whole.have).toHaveLength(499);
    expect(whole.need.map(hexOf)).toEqual(['77'.repeat(32)]);
  });

  it.each([4095, 0, -1, Number.NaN])('refuses a frame limit of %d', (frameBytesMax) => {
    expect(() => initiate(new SortedArray([]), { frameBytesMax })).toThrow(RangeError);
  });
});

/** One an hour, as an archive has them whose newest are missing elsewhere. */
function ascending(count: number): Item[] {
  return someItems(1, count).map(({ id }, index) => ({ time: index * 3_600, id }));
}

describe('the version', () => {
  it.each(['60', '62', '6f', '62ffffff'])(
    'of a question %s is answered with the one that is spoken',
    (hex) => {
      expect(hexOf(respond(new SortedArray([]), bytesOf(hex)))).toBe('61');
    },
  );

  it('of an answer that is another one ends the conversation', () => {
    expect(() => reconcile(new SortedArray([]), bytesOf('60'))).toThrow(
      expect.objectContaining({ name: 'ReconcileError', code: 'version-unsupported' }),
    );
  });
});

describe('a sum of ids', () => {
  const id = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const number = (bytes: Uint8Array): bigint => BigInt(`0x${hexOf(bytes.toReversed())}`);

  it('is that of the numbers, modulo 2^256, however it was reached', () => {
    fc.assert(
      fc.property(fc.array(id), fc.array(id), (kept, gone) => {
        const sum = new IdSum();
        for (const one of [...kept, ...gone]) sum.add(one);
        for (const one of gone) sum.subtract(one);
        const total = kept.reduce((total, one) => (total + number(one)) % 2n ** 256n, 0n);
        expect(number(sum.toBytes())).toBe(total);
        const merged = IdSum.from(sum.toBytes()).merge(sum).separate(sum);
        expect(merged.toBytes()).toEqual(sum.toBytes());
      }),
    );
  });

  it('takes only what has 32 bytes', () => {
    expect(() => new IdSum().add(new Uint8Array(31))).toThrow(RangeError);
    expect(() => new IdSum().subtract(new Uint8Array(40), 9)).toThrow(RangeError);
  });
});
