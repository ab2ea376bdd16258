/** Items side by side in one block of bytes, in order, with their sum: 40 bytes an item and no object for any. */
import { IdSum } from '../id-sum.js';
import { firstPlaceNot } from '../order.js';
import { compareKeys, keySizeBytes, timeSizeBytes } from './key.js';

export const leafItemsMax = 256;
const fewItems = leafItemsMax / 4;
/** Leaves that are joined leave room, or the next insertion would split them again. */
const joinedItemsMax = (leafItemsMax * 3) / 4;

export class Leaf {
  readonly keys = new Uint8Array(leafItemsMax * keySizeBytes);
  readonly sum = new IdSum();
  count = 0;

  get isFull(): boolean {
    return this.count === leafItemsMax;
  }

  get isSmall(): boolean {
    return this.count < fewItems;
  }

  get firstLeaf(): Leaf {
    return this;
  }

  /** How many items are below the key. */
  placeOf(key: Uint8Array): number {
    return firstPlaceNot(0, this.count, (place) => compareKeys(this.keys, place * keySizeBytes, key) < 0);
  }

  has(key: Uint8Array, place: number): boolean {
    return place < this.count && compareKeys(this.keys, place * keySizeBytes, key) === 0;
  }

  insert(key: Uint8Array, place: number): void {
    const at = place * keySizeBytes;
    this.keys.copyWithin(at + keySizeBytes, at, this.count * keySizeBytes);
    this.keys.set(key, at);
    this.count++;
    this.sum.add(key, timeSizeBytes);
  }

  delete(place: number): void {
    const at = place * keySizeBytes;
    this.sum.subtract(this.keys, at + timeSizeBytes);
    this.keys.copyWithin(at, at + keySizeBytes, this.count * keySizeBytes);
    this.count--;
  }

  /** Cuts the leaf off at the place and returns the rest. */
  splitAt(place: number): Leaf {
    const rest = new Leaf();
    rest.keys.set(this.keys.subarray(place * keySizeBytes, this.count * keySizeBytes));
    rest.count = this.count - place;
    for (let moved = 0; moved < rest.count; moved++)
      rest.sum.add(rest.keys, moved * keySizeBytes + timeSizeBytes);
    this.sum.separate(rest.sum);
    this.count = place;
    return rest;
  }

  canJoin(next: Leaf): boolean {
    return this.count + next.count <= joinedItemsMax;
  }

  join(next: Leaf): void {
    this.keys.set(next.keys.subarray(0, next.count * keySizeBytes), this.count * keySizeBytes);
    this.count += next.count;
    this.sum.merge(next.sum);
  }

  addSumBefore(place: number, sum: IdSum): void {
    if (place <= this.count / 2) {
      for (let at = 0; at < place; at++) sum.add(this.keys, at * keySizeBytes + timeSizeBytes);
      return;
    }
    sum.merge(this.sum);
    for (let at = place; at < this.count; at++) sum.subtract(this.keys, at * keySizeBytes + timeSizeBytes);
  }
}
