/**
 * The set as a step of reconciliation sees it: whole blocks by their sums, and parts of blocks whose items are at hand.
 * Where items lack, the block is noted and the answer is a guess: the step goes on, so that it notes more of what it
 * needs, and its outcome is thrown away. After a guess of a place nothing but further bounds is noted, because every
 * other question would be about wrong places.
 */
import { IdSum, type Bound, type Item, type SetStorage } from '@holdfast/reconcile';
import { itemOfKey, keyOf, type PackedItems } from './packed-items.js';
import type { Block, SetBlocks } from './set-blocks.js';

/** Thrown through a step that has noted as much as is read at once. */
export class EnoughLacking extends Error {}

export class BlockStorage implements SetStorage {
  /** Indexes of the blocks whose items are needed. */
  readonly lacking = new Set<number>();
  private placesAreGuessed = false;

  constructor(
    private readonly set: SetBlocks,
    private readonly itemsAtHand: (block: Block) => PackedItems | undefined,
    private readonly lackingMax: number,
  ) {}

  get size(): number {
    return this.set.size;
  }

  itemAt(place: number): Item {
    if (!(place >= 0 && place < this.size)) throw new RangeError('There is no such place in the set.');
    const index = this.set.at(place);
    const offset = place - this.set.places[index]!;
    const items = this.itemsOf(index);
    return items === undefined ? guess(this.set.blocks[index]!, offset) : items.itemAt(offset);
  }

  *items(begin: number, end: number): Generator<Item, void> {
    for (let place = begin; place < end;) {
      const index = this.set.at(place);
      const first = this.set.places[index]!;
      const last = Math.min(end, this.set.places[index + 1]!);
      const items = this.itemsOf(index);
      if (items !== undefined) {
        for (let offset = place - first; offset < last - first; offset++) yield items.itemAt(offset);
      }
      place = last;
    }
  }

  lowerBound(begin: number, end: number, bound: Bound): number {
    if (bound.time === Infinity) return end;
    const place = this.placeOf(keyOf(bound));
    if (place !== undefined) return Math.max(begin, Math.min(end, place));
    this.placesAreGuessed = true;
    return begin;
  }

  sum(begin: number, end: number): { readonly count: number; readonly sum: Uint8Array } {
    const sum = this.sumBefore(end);
    if (begin > 0) sum.separate(this.sumBefore(begin));
    return { count: end - begin, sum: sum.toBytes() };
  }

  private placeOf(key: Buffer): number | undefined {
    const index = this.set.holding(key);
    if (index === -1) return 0;
    const first = this.set.places[index]!;
    if (this.set.blocks[index]!.key.equals(key)) return first;
    const items = this.itemsAtHand(this.set.blocks[index]!);
    if (items !== undefined) return first + items.lowerBound(key);
    this.note(index);
    return undefined;
  }

  private sumBefore(place: number): IdSum {
    const index = this.set.at(place);
    const sum = this.set.sumBefore(index);
    const count = place - this.set.places[index]!;
    if (count > 0) this.itemsOf(index)?.addTo(sum, 0, count);
    return sum;
  }

  private itemsOf(index: number): PackedItems | undefined {
    const items = this.itemsAtHand(this.set.blocks[index]!);
    if (items === undefined && !this.placesAreGuessed) this.note(index);
    return items;
  }

  private note(index: number): void {
    this.lacking.add(index);
    if (this.lacking.size === this.lackingMax) throw new EnoughLacking();
  }
}

/** Within the block, and other for every place, as steps rely on order. */
function guess({ key }: Block, offset: number): Item {
  const made = Buffer.from(key);
  made.writeUInt32BE(offset, made.length - 4);
  return itemOfKey(made);
}
