import { expect, test } from '@jest/globals';
import { initiate, limits, reconcile, respond, SortedArray, type Item, type SetStorage } from './index.js';

test('two sets that are the same need one question and an answer without ranges', () => {
  const items = someItems(100);
  const question = initiate(new SortedArray(items));
  const answer = respond(new SortedArray(items), question);
  expect(answer).toEqual(Uint8Array.of(0x61));
  expect(reconcile(new SortedArray(items), answer)).toEqual({ have: [], need: [] });
});

test('the initiator learns what each side has alone', () => {
  const common = someItems(5_000);
  const mine = someItems(40, 'mine');
  const theirs = someItems(300, 'theirs');
  const found = converse(new SortedArray([...common, ...mine]), new SortedArray([...common, ...theirs]));
  expect(found.have).toEqual(idsOf(mine));
  expect(found.need).toEqual(idsOf(theirs));
});

test('no message is longer than the frame limit, and nothing is missed under it', () => {
  const frameBytesMax = limits.frameBytesMin;
  const common = someItems(2_000);
  const mine = someItems(400, 'mine');
  const theirs = someItems(2_500, 'theirs');
  const found = converse(
    new SortedArray([...common, ...mine]),
    new SortedArray([...common, ...theirs]),
    frameBytesMax,
  );
  expect(found.have).toEqual(idsOf(mine));
  expect(found.need).toEqual(idsOf(theirs));
  expect(Math.max(...found.sizes)).toBeLessThanOrEqual(frameBytesMax);
});

test('a version that is not spoken here is answered with the one that is', () => {
  expect(respond(new SortedArray([]), Uint8Array.of(0x62, 1, 2, 3))).toEqual(Uint8Array.of(0x61));
  expect(() => reconcile(new SortedArray([]), Uint8Array.of(0x60))).toThrow(
    expect.objectContaining({ code: 'version-unsupported' }),
  );
});

function converse(mine: SetStorage, theirs: SetStorage, frameBytesMax = Infinity) {
  const have = new Set<string>();
  const need = new Set<string>();
  const sizes: number[] = [];
  let message: Uint8Array | undefined = initiate(mine, { frameBytesMax });
  while (message !== undefined) {
    const answer = respond(theirs, message, { frameBytesMax });
    sizes.push(message.length, answer.length);
    const step = reconcile(mine, answer, { frameBytesMax });
    step.have.forEach((id) => have.add(hex(id)));
    step.need.forEach((id) => need.add(hex(id)));
    message = step.message;
  }
  return { have: [...have].sort(), need: [...need].sort(), sizes };
}

function someItems(count: number, seed = 'common'): Item[] {
  let state = [...seed].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7) >>> 0;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8;
  return Array.from({ length: count }, () => ({
    time: next() % 10_000,
    id: Uint8Array.from({ length: 32 }, () => next() & 255),
  }));
}

const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex');
const idsOf = (items: readonly Item[]): string[] => items.map(({ id }) => hex(id)).sort();
