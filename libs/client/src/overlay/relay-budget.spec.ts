import { afterEach, expect, it } from '@jest/globals';
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
