/** The blocks as the tables have them: up to where in the log, and in which version. */
import { itemBytes } from './packed-items.js';
import { SetBlocks, type Block } from './set-blocks.js';

export interface SetState {
  readonly upTo: number;
  readonly version: string;
  readonly blocks: SetBlocks;
}

export interface StateRow {
  readonly up_to: string;
  readonly version: string;
  readonly blocks: Buffer | null;
}

const countBytes = 4;
const sumBytes = 32;
const blockBytes = itemBytes + countBytes + sumBytes;

/** @param known what is the same as in there is taken from it, with whatever has been kept for it */
export function stateOf({ up_to, version, blocks }: StateRow, known?: SetState): SetState {
  const bytes = blocks ?? Buffer.alloc(0);
  const knownBlocks = known?.blocks.blocks ?? [];
  let place = 0;
  const read = Array.from({ length: bytes.length / blockBytes }, (_, index): Block => {
    const block = blockAt(bytes.subarray(index * blockBytes, (index + 1) * blockBytes));
    while (place < knownBlocks.length && knownBlocks[place]!.key.compare(block.key) < 0) place += 1;
    const former = knownBlocks[place];
    return former !== undefined && isSame(former, block) ? former : block;
  });
  return { upTo: Number(up_to), version, blocks: new SetBlocks(read) };
}

const blockAt = (bytes: Buffer): Block => ({
  key: bytes.subarray(0, itemBytes),
  count: bytes.readInt32BE(itemBytes),
  sum: bytes.subarray(itemBytes + countBytes),
});

const isSame = (a: Block, b: Block): boolean =>
  a.count === b.count && a.key.equals(b.key) && Buffer.compare(a.sum, b.sum) === 0;
