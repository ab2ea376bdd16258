/** A set whose scope has lists: no fingerprints are kept for it, so that its items are read once, whole. */
import type { AgreedScope, ReconcilableSet } from '@holdfast/gossip';
import { HoldfastError } from '@holdfast/protocol';
import type { SetStorage } from '@holdfast/reconcile';
import { archiveLimits } from '../../limits.js';
import { Parameters } from '../../records/query/record-conditions.js';
import { scopeConditions } from '../scope-conditions.js';
import { BlockStorage } from './block-storage.js';
import { PackedItems } from './packed-items.js';
import type { Query } from './read-items.js';
import { readFiltered } from './record-set.sql.js';
import { blocksOf, SetBlocks, type Block } from './set-blocks.js';

/** How many items a row of the answer has. */
const itemsPerRow = 16_384;

export class FilteredSet implements ReconcilableSet {
  private readonly blocks: SetBlocks;
  private readonly items: ReadonlyMap<Block, PackedItems>;

  private constructor(parts: readonly PackedItems[]) {
    const cut = parts.flatMap((part) => blocksOf(part));
    this.blocks = new SetBlocks(cut.map(({ block }) => block));
    this.items = new Map(cut.map(({ block, items }) => [block, items]));
  }

  /**
   * @param upTo the seq as of which the set is read
   * @throws HoldfastError `set-too-large`; the database's error
   */
  static async read(
    query: Query,
    scope: AgreedScope,
    upTo: number,
    itemsMax: number = archiveLimits.filteredSetItemsMax,
  ): Promise<FilteredSet> {
    const parameters = new Parameters();
    for (const value of [upTo, itemsMax + 1, itemsPerRow]) parameters.add(value);
    const text = readFiltered(scopeConditions(scope, 'r', parameters));
    const rows = await query<{ items: Buffer }>({ text, values: parameters.values });
    const set = new FilteredSet(rows.map(({ items }) => new PackedItems(items)));
    if (set.size <= itemsMax) return set;
    throw new HoldfastError(
      'set-too-large',
      `More than ${itemsMax} records are in this scope, whose lists let no fingerprints be kept.`,
    );
  }

  get size(): number {
    return this.blocks.size;
  }

  run<Outcome>(step: (storage: SetStorage) => Outcome): Promise<Outcome> {
    return Promise.resolve().then(() =>
      step(new BlockStorage(this.blocks, (block) => this.items.get(block), Infinity)),
    );
  }

  /** Nothing is held but memory. */
  close(): void {}
}
