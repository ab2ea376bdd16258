/** Reads the items of blocks from the table of records, as of the seq that the blocks stand for, many blocks at once. */
import { HoldfastError } from '@holdfast/protocol';
import { IdSum } from '@holdfast/reconcile';
import type { QueryConfig } from 'pg';
import { itemOfKey, PackedItems } from './packed-items.js';
import { readItems } from './record-set.sql.js';
import type { Block, SetBlocks } from './set-blocks.js';

interface ItemsRow {
  readonly items: Buffer | null;
}

/** Answers the rows of a statement. */
export type Query = <Row extends object>(statement: QueryConfig) => Promise<Row[]>;

/** Beyond every item. */
const end = { times: '9223372036854775807', ids: Buffer.alloc(0) };

/** @param indexes of the blocks whose items are read; the answer has theirs in this order */
export async function itemsOf(
  query: Query,
  { blocks }: SetBlocks,
  indexes: readonly number[],
  upTo: number,
): Promise<PackedItems[]> {
  const begins = indexes.map((index) => columnsOf(blocks[index]!.key));
  const ends = indexes.map((index) => {
    const next = blocks[index + 1];
    return next === undefined ? end : columnsOf(next.key);
  });
  const rows = await query<ItemsRow>({
    text: readItems,
    values: [
      begins.map(({ times }) => times),
      begins.map(({ ids }) => ids),
      ends.map(({ times }) => times),
      ends.map(({ ids }) => ids),
      upTo,
    ],
  });
  return rows.map(({ items }) => (items === null ? PackedItems.none : new PackedItems(items)));
}

/** A key as the tables have it. */
export function columnsOf(key: Buffer): { readonly times: string; readonly ids: Buffer } {
  const { time, id } = itemOfKey(key);
  return { times: String(time), ids: Buffer.from(id) };
}

export function requireFit(block: Block, items: PackedItems): void {
  if (fits(block, items)) return;
  throw new HoldfastError(
    'internal-error',
    'The fingerprints of the set do not fit the records: have them checked by `holdfast archive doctor`.',
  );
}

export function fits({ count, sum }: Block, items: PackedItems): boolean {
  return items.count === count && Buffer.compare(items.addTo(new IdSum()).toBytes(), sum) === 0;
}
