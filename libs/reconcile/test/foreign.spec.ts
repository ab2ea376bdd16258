/**
 * Against another implementation of the same protocol, nostr-tools/nip77: as the initiator of whole conversations, byte
 * for byte as the initiator that we are, and as a storage. Its times are of 32 bits, and it only knows how to ask.
 * (The condition `source`, which Jest resolves our own packages by, leads to files that nostr-tools does not ship.)
 *
 * @jest-environment-options {"customExportConditions": ["node", "node-addons"]}
 */
import { describe, expect, it } from '@jest/globals';
import { nip77 } from 'nostr-tools';
import {
  fingerprintOf,
  IdSum,
  initiate,
  reconcile,
  respond,
  SortedArray,
  SumTree,
  type Item,
  type SetStorage,
} from '../src/index.js';
import { converse } from './conversation.js';
import { bytesOf, hexOf, idsOf, someItems, type ItemsShape } from './items.js';

const { Negentropy, NegentropyStorageVector } = nip77;

interface Meeting {
  readonly common: number;
  readonly mine: number;
  readonly theirs: number;
  readonly shape?: ItemsShape;
  readonly frameBytesMax?: number;
}

const meetings: [string, Meeting][] = [
  ['sets that are the same', { common: 3_000, mine: 0, theirs: 0 }],
  ['empty sets', { common: 0, mine: 0, theirs: 0 }],
  ['an empty set and a large one', { common: 0, mine: 0, theirs: 4_000 }],
  ['a large set and an empty one', { common: 0, mine: 4_000, theirs: 0 }],
  ['sets that differ in a few items', { common: 5_000, mine: 10, theirs: 20 }],
  ['sets that differ in many items', { common: 5_000, mine: 700, theirs: 900 }],
  ['items of three times', { common: 3_000, mine: 200, theirs: 300, shape: { times: 3 } }],
  [
    'items of one time whose ids begin alike',
    { common: 3_000, mine: 90, theirs: 80, shape: { times: 1, sharedBytes: 20 } },
  ],
  ['sets of just below 32 items', { common: 31, mine: 0, theirs: 1 }],
  ['sets of 32 items', { common: 31, mine: 1, theirs: 0 }],
  ['the smallest frames', { common: 5_000, mine: 700, theirs: 900, frameBytesMax: 4_096 }],
  ['frames of 50,000 bytes', { common: 20_000, mine: 1_000, theirs: 3_000, frameBytesMax: 50_000 }],
];

describe.each(meetings)('with nostr-tools, %s', (_, { common, mine, theirs, shape, frameBytesMax }) => {
  const limit = frameBytesMax ?? Infinity;
  const shared = someItems(1, common, { ...shape, times: shape?.times ?? 1_900_000_000 });
  const ours = [...shared, ...someItems(2, mine, shape)];
  const others = [...shared, ...someItems(3, theirs, shape)];

  it('are reconciled when it asks and we answer', () => {
    const asking = new Negentropy(vectorOf(ours), limit);
    const answering = new SumTree(others);
    const have = new Set<string>();
    const need = new Set<string>();
    for (let question: string | null = asking.initiate(); question !== null;) {
      const answer = respond(answering, bytesOf(question), { frameBytesMax: limit });
      question = asking.reconcile(
        hexOf(answer),
        (id) => have.add(id),
        (id) => need.add(id),
      );
    }
    expect([...have].toSorted()).toEqual(idsOf(ours.slice(common)));
    expect([...need].toSorted()).toEqual(idsOf(others.slice(common)));
  });

  it('are asked about by it and by us in the same bytes, and it learns what we learn, in the same order', () => {
    const foreign = new Negentropy(vectorOf(ours), limit);
    const storage = new SortedArray(ours);
    const answering = new SortedArray(others);
    const bounds = { frameBytesMax: limit };
    expect(hexOf(initiate(storage, bounds))).toBe(foreign.initiate());
    for (let question: Uint8Array | undefined = initiate(storage, bounds); question !== undefined;) {
      const answer = respond(answering, question, bounds);
      const have: string[] = [];
      const need: string[] = [];
      const theirs = foreign.reconcile(
        hexOf(answer),
        (id) => have.push(id),
        (id) => need.push(id),
      );
      const step = reconcile(storage, answer, bounds);
      expect(step.message === undefined ? null : hexOf(step.message)).toBe(theirs);
      expect(step.have.map(hexOf)).toEqual(have);
      expect(step.need.map(hexOf)).toEqual(need);
      question = step.message;
    }
  });

  it('are the same to us when its vector holds them', () => {
    const frames = frameBytesMax === undefined ? {} : { asking: frameBytesMax, answering: frameBytesMax };
    expect(converse(new ForeignStorage(ours), new ForeignStorage(others), frames)).toEqual(
      converse(new SortedArray(ours), new SumTree(others), frames),
    );
  });

  it('have the fingerprints that it computes', () => {
    const vector = vectorOf(ours);
    const tree = new SumTree(ours);
    for (const [begin, end] of [
      [0, ours.length],
      [0, Math.floor(ours.length / 3)],
      [Math.floor(ours.length / 3), ours.length],
    ] as const) {
      const { sum, count } = tree.sum(begin, end);
      expect(hexOf(fingerprintOf(sum, count))).toBe(hexOf(vector.fingerprint(begin, end)));
    }
  });
});

function vectorOf(items: readonly Item[]): nip77.NegentropyStorageVector {
  const vector = new NegentropyStorageVector();
  for (const { time, id } of items) vector.insert(time, hexOf(id));
  vector.seal();
  return vector;
}

class ForeignStorage implements SetStorage {
  readonly #vector: nip77.NegentropyStorageVector;

  constructor(items: readonly Item[]) {
    this.#vector = vectorOf(items);
  }

  get size(): number {
    return this.#vector.size();
  }

  itemAt(place: number): Item {
    const { timestamp, id } = this.#vector.getItem(place);
    return { time: timestamp, id };
  }

  items(begin: number, end: number): Item[] {
    return Array.from({ length: end - begin }, (_, index) => this.itemAt(begin + index));
  }

  lowerBound(begin: number, end: number, bound: { time: number; prefix: Uint8Array }): number {
    return this.#vector.findLowerBound(begin, end, { timestamp: bound.time, id: bound.prefix });
  }

  sum(begin: number, end: number): { count: number; sum: Uint8Array } {
    const sum = new IdSum();
    for (const { id } of this.items(begin, end)) sum.add(id);
    return { count: end - begin, sum: sum.toBytes() };
  }
}
