import { afterEach, expect, it } from '@jest/globals';
import { limits } from '@holdfast/protocol';
import { Coast, idOf } from '../../test/coast.js';
import { shoal } from '../../test/shoal.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

it('a client sends no flood that its archive would not carry, and counts it', async () => {
  const [archive] = coast.archives(1);
  archive.budget = { ...archive.budget, floodsPerMinute: 0 };
  const [alice] = await shoal(coast, archive, 2);
  let floods = 0;
  archive.carry = (frame) => {
    floods += frame.frame[1]!;
    return frame;
  };
  // One always may: the least that a client can be allowed.
  await expect(alice!.client.get(idOf(7), { via: ['flood'] })).rejects.toMatchObject({
    code: 'record-not-found',
  });
  expect((await alice!.client.overlay()).framesUnsent).toEqual({ own: 0, answers: 0, upkeep: 0 });
  await expect(alice!.client.get(idOf(8), { via: ['flood'] })).rejects.toMatchObject({
    code: 'record-not-found',
  });
  expect((await alice!.client.overlay()).framesUnsent).toEqual({ own: 1, answers: 0, upkeep: 0 });
  expect(floods).toBe(1);
});

it('a client gives all frames one number, which no request of its has, and goes on when one is refused', async () => {
  const [archive] = coast.archives(1);
  const [alice] = await shoal(coast, archive, 2);
  const numbers = new Set<number>();
  archive.carry = (frame) => {
    numbers.add(frame.n);
    return frame;
  };
  const { node } = await alice!.client.overlay();
  const n = limits.requestNumberMax;
  const refusal = { code: 'quota-exceeded', detail: 'Too much.', retryable: true, quota: 'relay-frames' };
  archive.nodes.get(node!)!.say({ op: 'error', n, ...refusal });
  await expect(alice!.client.get(idOf(7), { via: ['dht'] })).rejects.toMatchObject({
    code: 'record-not-found',
  });
  expect([...numbers]).toEqual([n]);
  expect(archive.requests.map((request) => request.n)).not.toContain(n);
  expect(alice!.problems).toEqual([]);
});
