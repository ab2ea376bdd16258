/** Fetches the items that comparisons need, for all of them: few reads at once, and one step at a time that needs much. */
import { archiveLimits } from '../../limits.js';
import { KeptItems } from './kept-items.js';
import type { PackedItems } from './packed-items.js';
import { itemsOf, requireFit, type Query } from './read-items.js';
import type { Block, SetBlocks } from './set-blocks.js';

export class BlockItems {
  readonly kept = new KeptItems();
  private lastTurn: Promise<void> = Promise.resolve();

  constructor(
    private readonly query: Query,
    readonly bounds: {
      readonly setBlocksPerReadMax: number;
      readonly setBlocksPerStepMax: number;
      readonly setBlocksPerStepShared: number;
    } = archiveLimits,
  ) {}

  /** @throws HoldfastError `internal-error` when blocks and records do not fit */
  async fetch(
    set: SetBlocks,
    indexes: Iterable<number>,
    upTo: number,
    take: (block: Block, items: PackedItems) => void,
  ): Promise<void> {
    const asked = [...indexes];
    const found = await itemsOf(this.query, set, asked, upTo);
    found.forEach((items, at) => {
      const block = set.blocks[asked[at]!]!;
      requireFit(block, items);
      this.kept.keep(block, items);
      take(block, items);
    });
  }

  /** The turn of a step that needs much. Answers what ends it. */
  async turn(): Promise<() => void> {
    const before = this.lastTurn;
    let end = (): void => {};
    this.lastTurn = new Promise((resolve) => (end = resolve));
    await before;
    return end;
  }
}
