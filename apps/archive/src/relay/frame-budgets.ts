/**
 * What the nodes may have carried, each by its id, and so whichever joins and connections it sends on (spec/relay.md,
 * "Bounds"): a budget that began anew with every join would bound nobody. Who has all of its budget has no entry; of the
 * others the one that was used longest ago is forgotten when there are too many. Kept in memory: a restart forgives.
 */
import { archiveLimits } from '../limits.js';
import { boundsOf, FrameBudget, type Excess, type FrameBounds, type FrameRates } from './frame-budget.js';

export class FrameBudgets {
  private readonly bounds: FrameBounds;
  /** The one that was used longest ago first. */
  private readonly budgets = new Map<string, FrameBudget>();

  constructor(
    rates: FrameRates,
    private readonly budgetsMax: number = archiveLimits.frameBudgetsMax,
  ) {
    this.bounds = boundsOf(rates);
  }

  get count(): number {
    return this.budgets.size;
  }

  /** Takes nothing when it is over. */
  take(node: string, bytes: number, isFlood: boolean, nowMs: number): Excess | undefined {
    const budget = this.budgets.get(node) ?? new FrameBudget(this.bounds, nowMs);
    this.budgets.delete(node);
    this.budgets.set(node, budget);
    if (this.budgets.size > this.budgetsMax) this.forgetFirst();
    return budget.take(bytes, isFlood, nowMs);
  }

  forgetFull(nowMs: number): void {
    for (const [node, budget] of this.budgets) if (budget.isFull(nowMs)) this.budgets.delete(node);
  }

  private forgetFirst(): void {
    for (const node of this.budgets.keys()) {
      this.budgets.delete(node);
      return;
    }
  }
}
