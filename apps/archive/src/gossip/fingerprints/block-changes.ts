/**
 * What a window of the log does to the blocks: each item that comes or goes changes the block that it falls into. Blocks
 * that are empty then go; the range of such a block falls to the one before it.
 */
import { IdSum } from '@holdfast/reconcile';
import { lowestKey, type PackedItems } from './packed-items.js';
import type { Block, SetBlocks } from './set-blocks.js';

export interface BlockChanges {
  readonly blocks: readonly Block[];
  /** Those of them that are new or other than before. */
  readonly changed: readonly Block[];
  readonly emptied: readonly Block[];
}

interface Change {
  count: number;
  readonly sum: IdSum;
}

/**
 * @param added in order, none of them in the set
 * @param removed in order, all of them in the set
 * @throws when more is removed than there is: the blocks are not those of the set then
 */
export function changeBlocks(before: SetBlocks, added: PackedItems, removed: PackedItems): BlockChanges {
  const changes = new Map<number, Change>();
  for (const { index, items } of byBlock(before, added)) {
    const change = changeOf(changes, index, before);
    change.count += items.count;
    items.addTo(change.sum);
  }
  for (const { index, items } of byBlock(before, removed)) {
    const change = changeOf(changes, index, before);
    change.count -= items.count;
    change.sum.separate(items.addTo(new IdSum()));
  }
  return changed(before.blocks, changes);
}

function changeOf(changes: Map<number, Change>, index: number, { blocks }: SetBlocks): Change {
  const known = changes.get(index);
  if (known !== undefined) return known;
  const block = blocks[index];
  const change = {
    count: block?.count ?? 0,
    sum: block === undefined ? new IdSum() : IdSum.from(block.sum),
  };
  changes.set(index, change);
  return change;
}

function* byBlock(
  before: SetBlocks,
  items: PackedItems,
): Generator<{ readonly index: number; readonly items: PackedItems }, void> {
  for (let begin = 0; begin < items.count;) {
    const index = before.holding(items.keyAt(begin));
    const end = endOf(items, begin, before.blocks[index + 1]);
    yield { index, items: items.slice(begin, end) };
    begin = end;
  }
}

function endOf(items: PackedItems, begin: number, next: Block | undefined): number {
  if (next === undefined) return items.count;
  let end = begin + 1;
  while (end < items.count && items.isBelow(end, next.key)) end += 1;
  return end;
}

function changed(before: readonly Block[], changes: ReadonlyMap<number, Change>): BlockChanges {
  const after = new Map<number, Block>();
  for (const [index, { count, sum }] of changes) {
    if (count < 0) throw new RangeError('More is taken out of a block than there is in it.');
    after.set(index, { key: before[index]?.key ?? lowestKey, count, sum: sum.toBytes() });
  }
  const first = after.get(-1);
  const blocks = before.map((block, index) => after.get(index) ?? block);
  return {
    blocks: [...(first === undefined ? [] : [first]), ...blocks].filter(({ count }) => count > 0),
    changed: [...after.values()].filter(({ count }) => count > 0),
    emptied: [...after.values()].filter(({ count }) => count === 0),
  };
}
