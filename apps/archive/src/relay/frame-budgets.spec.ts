import { describe, expect, it } from '@jest/globals';
import { archiveLimits } from '../limits.js';
import { FrameBudgets } from './frame-budgets.js';

const { relayBurstSeconds } = archiveLimits;
const rates = { framesPerSecond: 10, bytesPerSecond: 100_000, floodsPerMinute: 6 };

/** How many floods of the node pass at once. */
function passing(budgets: FrameBudgets, node: string, nowMs = 0): number {
  let count = 0;
  while (budgets.take(node, 200, true, nowMs) === undefined) count += 1;
  return count;
}

describe('the budgets of nodes', () => {
  it('are each a node’s own', () => {
    const budgets = new FrameBudgets(rates);
    expect(['a', 'b', 'a'].map((node) => passing(budgets, node))).toEqual([6, 6, 0]);
  });

  it('are forgotten once they are full again, and not before', () => {
    const budgets = new FrameBudgets(rates);
    for (const node of ['early', 'late']) passing(budgets, node, node === 'early' ? 0 : 10_000);
    budgets.forgetFull(59_999);
    expect(budgets.count).toBe(2);
    budgets.forgetFull(60_000);
    expect(budgets.count).toBe(1);
    expect(passing(budgets, 'late', 60_000)).toBe(5);
    expect(passing(budgets, 'early', 60_000)).toBe(6);
  });

  it('count what is used after they were full and forgotten', () => {
    const budgets = new FrameBudgets(rates);
    budgets.take('a', 200, true, 0);
    budgets.forgetFull(60_000);
    expect(budgets.count).toBe(0);
    expect([passing(budgets, 'a', 60_000), passing(budgets, 'a', 60_000)]).toEqual([6, 0]);
  });

  it('are as many as have a place: the one that was used longest ago goes first', () => {
    const budgets = new FrameBudgets(rates, 2);
    for (const node of ['a', 'b']) passing(budgets, node);
    // Also what is refused is use.
    passing(budgets, 'a');
    passing(budgets, 'c');
    expect(budgets.count).toBe(2);
    expect(passing(budgets, 'a')).toBe(0);
    expect(passing(budgets, 'c')).toBe(0);
    expect(passing(budgets, 'b')).toBe(6);
  });

  it('are forgotten at once where an archive carries anything', () => {
    const budgets = new FrameBudgets({ framesPerSecond: 0, bytesPerSecond: 0, floodsPerMinute: 0 });
    for (let i = 0; i <= 10 * relayBurstSeconds; i++) expect(budgets.take('a', 200, true, 0)).toBeUndefined();
    budgets.forgetFull(0);
    expect(budgets.count).toBe(0);
  });
});
