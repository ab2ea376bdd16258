/** @holdfast/reconcile: range-based set reconciliation (Negentropy V1). It does no IO and knows only times and ids. */
export { ReconcileError, type ReconcileErrorCode } from './errors.js';
export { fingerprintOf } from './fingerprint.js';
export { IdSum } from './id-sum.js';
export { limits } from './limits.js';
export {
  initiate,
  reconcile,
  respond,
  type Difference,
  type InitiatorBounds,
  type ReconcileBounds,
} from './reconcile.js';
export { since } from './since.js';
export { SortedArray } from './sorted-array.js';
export type { Bound, Item, SetStorage } from './storage.js';
export { SumTree } from './sum-tree.js';
