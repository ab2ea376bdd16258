/** @holdfast/reconcile: range-based set reconciliation (Negentropy V1). It does no IO and knows only times and ids. */
export type { Bound, Item, SetStorage } from './storage.js';
