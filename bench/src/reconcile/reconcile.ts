/**
 * What reconciling costs in bytes and rounds, against the figures that the JS reference was measured with on sets of the
 * same shape, and what a tree of a million items costs in memory and time.
 */
import { SortedArray, SumTree, type ReconcileBounds } from '@holdfast/reconcile';
import { atLeast, atMost, below, step, type Report, type Target } from '../report/report.js';
import { costOf, type Cost } from './conversation.js';
import { extraItems, itemOf, PlainVector } from './sets.js';
import { deletionsPerSecond, firstMessageMs, growTree } from './tree.js';

interface Case {
  readonly name: string;
  readonly extra: number;
  readonly where: 'newest' | 'uniform';
  readonly bounds?: ReconcileBounds;
  /** The reference's, with 100,000 items in common. */
  readonly reference: Cost;
}

const common = 100_000;
const cases: readonly Case[] = [
  {
    name: 'newest10',
    extra: 10,
    where: 'newest',
    reference: { rounds: 3, upBytes: 663, downBytes: 987 },
  },
  {
    name: 'newest1000',
    extra: 1000,
    where: 'newest',
    reference: { rounds: 3, upBytes: 868, downBytes: 32_874 },
  },
  {
    name: 'uniform10',
    extra: 10,
    where: 'uniform',
    reference: { rounds: 2, upBytes: 3_404, downBytes: 11_433 },
  },
  {
    name: 'uniform1000',
    extra: 1000,
    where: 'uniform',
    reference: { rounds: 2, upBytes: 78_152, downBytes: 818_045 },
  },
  {
    name: 'uniform1000Framed',
    extra: 1000,
    where: 'uniform',
    bounds: { frameBytesMax: 50_000 },
    reference: { rounds: 20, upBytes: 496_598, downBytes: 521_813 },
  },
];

const million = 1_000_000;
/** What archives allow: without it this conversation takes a round more, as it does with the reference. */
const finalIdsMax = 256;
const idSizeBytes = 32;

export async function benchReconcile(): Promise<Report> {
  step('growing a tree of 1,000,000 items');
  const { tree, ...treeCost } = growTree(million);
  const figures: Record<string, number> = { ...treeCost, deletionsPerSecond: deletionsPerSecond(tree) };
  step('beginning conversations about it');
  figures['firstMessageMs'] = firstMessageMs(tree, 25);
  const plain = new PlainVector([...tree.items(0, tree.size)]);
  figures['firstMessageSpeedup'] = firstMessageMs(plain, 5) / figures['firstMessageMs'];
  step('reconciling it with one that has 1,000 more');
  const more = new SumTree(tree.items(0, tree.size));
  for (const item of extraItems(1000, million, 'newest')) more.insert(item);
  figures['million1000ReferenceRounds'] = costOf(tree, more, 1000).rounds;
  const cost = costOf(tree, more, 1000, { finalIdsMax });
  figures['million1000Rounds'] = cost.rounds;
  figures['million1000UpBytes'] = cost.upBytes;
  figures['million1000DownBytes'] = cost.downBytes;
  figures['million1000IdealRatio'] = (cost.upBytes + cost.downBytes) / (1000 * idSizeBytes);
  const targets: Target[] = [
    below(figures, 'rssMegabytes', 120),
    below(figures, 'usedMegabytes', 120),
    below(figures, 'firstMessageMs', 20),
    atLeast(figures, 'firstMessageSpeedup', 20),
    atMost(figures, 'million1000Rounds', 3),
    atMost(figures, 'million1000IdealRatio', 1.3),
  ];
  step('reconciling sets of 100,000 items');
  const shared = Array.from({ length: common }, (_, number) => itemOf(number));
  const asking = new SortedArray(shared);
  for (const { name, extra, where, bounds, reference } of cases) {
    const answering = new SortedArray([...shared, ...extraItems(extra, common, where)]);
    const { rounds, upBytes, downBytes } = costOf(asking, answering, extra, bounds);
    figures[`${name}Rounds`] = rounds;
    figures[`${name}UpBytes`] = upBytes;
    figures[`${name}DownBytes`] = downBytes;
    figures[`${name}UpRatio`] = upBytes / reference.upBytes;
    figures[`${name}DownRatio`] = downBytes / reference.downBytes;
    targets.push(
      atMost(figures, `${name}Rounds`, reference.rounds),
      atMost(figures, `${name}UpRatio`, 1.05),
      atMost(figures, `${name}DownRatio`, 1.05),
    );
  }
  return { bench: 'reconcile', figures, targets };
}
