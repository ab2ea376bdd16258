/** Recomputes every block from the table of records, as of the seq that the blocks stand for, and compares. */
import { IdSum } from '@holdfast/reconcile';
import { archiveLimits } from '../../limits.js';
import { itemOfKey } from './packed-items.js';
import { fits, itemsOf, type Query } from './read-items.js';
import { lowestKey } from './packed-items.js';
import { SetBlocks, type Block } from './set-blocks.js';
import type { SetState } from './set-state.js';

export interface SetCheck {
  readonly ok: boolean;
  /** The seq as of which the set was computed. */
  readonly upTo: number;
  /** How many records it really has. */
  readonly count: number;
  /** The first `wrongBlocksToldMax` of them. */
  readonly wrongBlocks: readonly WrongBlock[];
}

export interface WrongBlock {
  /** From where it goes: seconds, and the id in base64url. */
  readonly iat: number;
  readonly id: string;
  readonly count: number;
  readonly counted: number;
}

export async function checkSet(query: Query, { upTo, blocks }: SetState): Promise<SetCheck> {
  const covering = coveringAll(blocks);
  const wrongBlocks: WrongBlock[] = [];
  let count = 0;
  let ok = true;
  for (let begin = 0; begin < covering.blocks.length; begin += archiveLimits.setBlocksPerReadMax) {
    const end = Math.min(begin + archiveLimits.setBlocksPerReadMax, covering.blocks.length);
    const indexes = Array.from({ length: end - begin }, (_, at) => begin + at);
    const found = await itemsOf(query, covering, indexes, upTo);
    found.forEach((items, at) => {
      const block = covering.blocks[begin + at]!;
      count += items.count;
      if (fits(block, items)) return;
      ok = false;
      if (wrongBlocks.length < archiveLimits.wrongBlocksToldMax) wrongBlocks.push(wrong(block, items.count));
    });
  }
  return { ok, upTo, count, wrongBlocks };
}

/** What lies before the first block belongs to none, and has to be empty. */
function coveringAll(set: SetBlocks): SetBlocks {
  if (set.blocks[0]?.key.equals(lowestKey)) return set;
  return new SetBlocks([{ key: lowestKey, count: 0, sum: new IdSum().toBytes() }, ...set.blocks]);
}

function wrong({ key, count }: Block, counted: number): WrongBlock {
  const { time, id } = itemOfKey(key);
  return { iat: time, id: Buffer.from(id).toString('base64url'), count, counted };
}
