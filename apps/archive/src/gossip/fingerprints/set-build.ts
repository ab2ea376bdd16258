/**
 * Makes all blocks from the records, page by page in the order of reconciliation: what one window after another would
 * touch again and again when there is much to work in. Every page is read as of the same seq, so that no transaction has
 * to last for all of them.
 */
import { lowestKey, PackedItems } from './packed-items.js';
import { columnsOf, type Query } from './read-items.js';
import { readPage } from './record-set.sql.js';
import { blocksOf, type Block } from './set-blocks.js';

/** @param blockItems a divisor of `pageItems`, or the last block of each page is a smaller one */
export async function buildBlocks(
  query: Query,
  upTo: number,
  blockItems: number,
  pageItems: number,
): Promise<Block[]> {
  const blocks: Block[] = [];
  let after: ReturnType<typeof columnsOf> = { times: '-1', ids: Buffer.alloc(0) };
  for (;;) {
    const [row] = await query<{ items: Buffer | null }>({
      text: readPage,
      values: [after.times, after.ids, upTo, pageItems],
    });
    const items = row!.items === null ? PackedItems.none : new PackedItems(row!.items);
    if (items.count > 0) {
      const key = blocks.length === 0 ? lowestKey : undefined;
      blocks.push(...blocksOf(items, key, blockItems).map(({ block }) => block));
      after = columnsOf(items.keyAt(items.count - 1));
    }
    if (items.count < pageItems) return blocks;
  }
}
