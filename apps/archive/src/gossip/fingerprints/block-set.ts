/**
 * The set as it stood when it was opened, by its blocks. A step runs on what is at hand; what it lacks is read as of then,
 * and it runs again from its start, until nothing lacks.
 */
import type { ReconcilableSet } from '@holdfast/gossip';
import { HoldfastError } from '@holdfast/protocol';
import type { SetStorage } from '@holdfast/reconcile';
import type { BlockItems } from './block-items.js';
import { BlockStorage } from './block-storage.js';
import type { PackedItems } from './packed-items.js';
import type { Block } from './set-blocks.js';
import type { SetState } from './set-state.js';

export class BlockSet implements ReconcilableSet {
  constructor(
    private readonly state: SetState,
    private readonly items: BlockItems,
  ) {}

  get size(): number {
    return this.state.blocks.size;
  }

  /** @throws HoldfastError `request-too-large` when the step looks into too many blocks */
  async run<Outcome>(step: (storage: SetStorage) => Outcome): Promise<Outcome> {
    const { blocks, upTo } = this.state;
    const { kept, bounds } = this.items;
    const held = new Map<Block, PackedItems>();
    const atHand = (block: Block) => {
      const items = held.get(block) ?? kept.get(block);
      if (items !== undefined) held.set(block, items);
      return items;
    };
    let endTurn: (() => void) | undefined;
    try {
      for (;;) {
        const storage = new BlockStorage(blocks, atHand, bounds.setBlocksPerReadMax);
        const outcome = attempt(() => step(storage));
        if (storage.lacking.size === 0) return outcome();
        const needed = held.size + storage.lacking.size;
        if (needed > bounds.setBlocksPerStepMax) throw tooLarge();
        if (needed > bounds.setBlocksPerStepShared) endTurn ??= await this.items.turn();
        await this.items.fetch(blocks, storage.lacking, upTo, (block, items) => held.set(block, items));
      }
    } finally {
      endTurn?.();
    }
  }

  /** Nothing is held but memory. */
  close(): void {}
}

/** Answers or throws only when it is asked to: what failed on guesses has not failed. */
function attempt<Outcome>(step: () => Outcome): () => Outcome {
  try {
    const outcome = step();
    return () => outcome;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

const tooLarge = () =>
  new HoldfastError('request-too-large', 'The message looks into too many parts of the set at once.');
