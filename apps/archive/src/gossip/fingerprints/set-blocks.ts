/**
 * A set as blocks: where each begins, how many items it has, and the sum of their ids. Neither a block nor a list of
 * them changes; a change makes others, so that whoever reads goes on reading the set as it was.
 */
import { IdSum } from '@holdfast/reconcile';
import { archiveLimits } from '../../limits.js';
import type { PackedItems } from './packed-items.js';

export interface Block {
  /** Its first bound, as packed-items.ts has it; it goes to the next block's. */
  readonly key: Buffer;
  readonly count: number;
  /** 32 bytes (IdSum). */
  readonly sum: Uint8Array;
}

const sumBytes = 32;

export class SetBlocks {
  /** The place in the set at which each block begins, and at last the size of the set. */
  readonly places: Float64Array;
  private sums: Uint8Array | undefined;

  constructor(readonly blocks: readonly Block[]) {
    this.places = new Float64Array(blocks.length + 1);
    blocks.forEach(({ count }, index) => (this.places[index + 1] = this.places[index]! + count));
  }

  get size(): number {
    return this.places[this.blocks.length]!;
  }

  /** The block that the key falls into; -1 for what is below the first. */
  holding(key: Buffer): number {
    return lastOf(this.blocks.length, (index) => this.blocks[index]!.key.compare(key) <= 0);
  }

  /** The block of that place; one behind the last for the size of the set. */
  at(place: number): number {
    return lastOf(this.blocks.length + 1, (index) => this.places[index]! <= place);
  }

  /** Of all ids before that block. */
  sumBefore(index: number): IdSum {
    return new IdSum().add((this.sums ??= this.addUp()), index * sumBytes);
  }

  private addUp(): Uint8Array {
    const sums = new Uint8Array((this.blocks.length + 1) * sumBytes);
    const sum = new IdSum();
    this.blocks.forEach((block, index) => sums.set(sum.add(block.sum).toBytes(), (index + 1) * sumBytes));
    return sums;
  }
}

/** The last of so many that still holds, given that none does after one that does not; -1 when none does. */
function lastOf(count: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Blocks of equal size for these items.
 * @param key where the first of them begins; at its first item unless it is given
 */
export function blocksOf(
  items: PackedItems,
  key = items.keyAt(0),
  goal: number = archiveLimits.setBlockItemsGoal,
): { readonly block: Block; readonly items: PackedItems }[] {
  const parts = Math.ceil(items.count / goal);
  return Array.from({ length: parts }, (_, part) => {
    const begin = Math.floor((items.count * part) / parts);
    const own = items.slice(begin, Math.floor((items.count * (part + 1)) / parts));
    const block = {
      key: Buffer.from(part === 0 ? key : own.keyAt(0)),
      count: own.count,
      sum: own.addTo(new IdSum()).toBytes(),
    };
    return { block, items: own };
  });
}
