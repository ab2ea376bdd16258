/** Worlds that once showed a fault: they are run again each time. */
import type { PlanKind } from './plan.js';

export const seedsThatFailed: Readonly<Record<PlanKind, readonly number[]>> = {
  calm: [],
  broken: [],
  betrayed: [],
};
