/** Worlds that once showed a fault: they are run again each time. */
import type { RecordPlanKind } from './plan.js';

export type PlanKind = RecordPlanKind | 'crates';

export const seedsThatFailed: Readonly<Record<PlanKind, readonly number[]>> = {
  calm: [],
  broken: [],
  betrayed: [],
  crates: [],
};
