/** Items of blocks that were read lately: what the next comparison begins with costs no query then. */
import { archiveLimits } from '../../limits.js';
import { PackedItems } from './packed-items.js';
import type { Block } from './set-blocks.js';

export class KeptItems {
  /** From the one that was asked for longest ago to the last. A block never changes, so neither do its items. */
  private readonly items = new Map<Block, PackedItems>();
  private bytes = 0;

  constructor(private readonly bytesMax: number = archiveLimits.setItemsKeptBytesMax) {}

  get(block: Block): PackedItems | undefined {
    const items = this.items.get(block);
    if (items === undefined) return undefined;
    this.items.delete(block);
    this.items.set(block, items);
    return items;
  }

  keep(block: Block, items: PackedItems): void {
    if (this.items.has(block)) return;
    this.items.set(block, items);
    this.bytes += items.bytes.length;
    for (const [oldest, { bytes }] of this.items) {
      if (this.bytes <= this.bytesMax) return;
      this.items.delete(oldest);
      this.bytes -= bytes.length;
    }
  }
}
