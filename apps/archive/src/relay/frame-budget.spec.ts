import { describe, expect, it } from '@jest/globals';
import { limits } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { boundsOf, FrameBudget } from './frame-budget.js';

const { relayBurstSeconds } = archiveLimits;
const rates = { framesPerSecond: 10, bytesPerSecond: 100_000, floodsPerMinute: 6 };
const full = (more: Partial<typeof rates> = {}) => new FrameBudget(boundsOf({ ...rates, ...more }), 0);

/** How many pass at once. */
function passing(budget: FrameBudget, bytes: number, isFlood: boolean, nowMs = 0): number {
  let count = 0;
  while (budget.take(bytes, isFlood, nowMs) === undefined) count += 1;
  return count;
}

describe('what a node may have carried', () => {
  it('is bounded in frames', () => {
    const budget = full();
    expect(passing(budget, 200, false)).toBe(10 * relayBurstSeconds);
    expect(passing(budget, 200, false, 1_000)).toBe(10);
  });

  it('is bounded in bytes', () => {
    const budget = full();
    expect(passing(budget, 40_000, false)).toBe(10);
    expect(passing(budget, 40_000, false, 1_000)).toBe(2);
  });

  it('is bounded in floods, of which others are none', () => {
    const budget = full();
    expect(passing(budget, 200, true)).toBe(6);
    expect(budget.take(200, true, 0)).toMatchObject({ quota: 'relay-floods', untilMs: 10_000 });
    expect(budget.take(200, false, 0)).toBeUndefined();
    expect(passing(budget, 200, true, 10_000)).toBe(1);
  });

  it('is one of the largest frames at least', () => {
    expect(passing(full({ bytesPerSecond: 1 }), limits.nodeFrameBytesMax, false)).toBe(1);
  });

  it('takes nothing for what it refuses', () => {
    const budget = full();
    expect(budget.take(1e9, false, 0)).toMatchObject({ quota: 'relay-bytes' });
    expect(passing(budget, 200, false)).toBe(10 * relayBurstSeconds);
  });

  it('says once for each while that it is exceeded', () => {
    const budget = full();
    const told = (nowMs: number) => budget.take(1e9, false, nowMs)?.isTold;
    const { untilMs } = budget.take(250_000 + 400_000, false, 0)!;
    expect(untilMs).toBe(2_500);
    expect([told(0), told(2_499), told(2_500)]).toEqual([true, true, false]);
  });

  it('says of each bound that it is exceeded, however long the sender has to wait for another', () => {
    const budget = full();
    passing(budget, 200, true);
    expect(budget.take(200, true, 0)).toMatchObject({ quota: 'relay-floods', isTold: true });
    expect(budget.take(1e9, false, 0)).toMatchObject({ quota: 'relay-bytes', isTold: false });
    expect(budget.take(200, true, 0)).toMatchObject({ quota: 'relay-floods', isTold: true });
  });
});
