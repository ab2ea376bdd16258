/** What a tree of a million items costs: memory, time to change it, and time to begin a conversation about it. */
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { initiate, SumTree, type SetStorage } from '@holdfast/reconcile';
import { percentile } from '../report/report.js';
import { itemOf, mixed } from './sets.js';

const megabyte = 1_000_000;

export interface TreeCost {
  readonly tree: SumTree;
  readonly insertionsPerSecond: number;
  /** By the growth of the process, and by what its memory is used for. */
  readonly rssMegabytes: number;
  readonly usedMegabytes: number;
}

/** Items come in no particular order, which fills leaves less than any order that archives see. */
export function growTree(count: number): TreeCost {
  const order = shuffled(count);
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  const before = process.memoryUsage();
  const started = performance.now();
  const tree = new SumTree();
  for (const number of order) tree.insert(itemOf(number));
  const seconds = (performance.now() - started) / 1000;
  collectGarbage();
  const after = process.memoryUsage();
  return {
    tree,
    insertionsPerSecond: count / seconds,
    rssMegabytes: (after.rss - before.rss) / megabyte,
    usedMegabytes: (after.heapUsed + after.external - before.heapUsed - before.external) / megabyte,
  };
}

/** Takes a tenth of the items out and puts them back. */
export function deletionsPerSecond(tree: SumTree): number {
  const count = Math.floor(tree.size / 10);
  const items = Array.from(shuffled(tree.size).subarray(0, count), itemOf);
  const started = performance.now();
  for (const item of items) tree.delete(item);
  const seconds = (performance.now() - started) / 1000;
  for (const item of items) tree.insert(item);
  return count / seconds;
}

/** The numbers below the count, the same order every time (Fisher and Yates). */
function shuffled(count: number): Uint32Array {
  const numbers = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const chosen = mixed(last, 0xca4d) % (last + 1);
    [numbers[last], numbers[chosen]] = [numbers[chosen]!, numbers[last]!];
  }
  return numbers;
}

/** The median of several, in milliseconds. */
export function firstMessageMs(storage: SetStorage, times: number): number {
  const durations = Float64Array.from({ length: times }, () => {
    const started = performance.now();
    initiate(storage);
    return performance.now() - started;
  });
  return percentile(durations.sort(), 0.5);
}
