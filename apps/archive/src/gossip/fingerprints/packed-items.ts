/**
 * Items of a set one behind the other, in the order of reconciliation: 8 bytes of time, big endian, and 32 of id each, so
 * that whoever compares the bytes compares the items. A bound is written the same way, as the least item that it allows.
 */
import type { Bound, IdSum, Item } from '@holdfast/reconcile';

export const itemBytes = 40;
const timeBytes = 8;

export class PackedItems {
  readonly count: number;

  constructor(readonly bytes: Buffer) {
    if (bytes.length % itemBytes !== 0) throw new RangeError(`An item has ${itemBytes} bytes.`);
    this.count = bytes.length / itemBytes;
  }

  static readonly none = new PackedItems(Buffer.alloc(0));

  itemAt(place: number): Item {
    return itemOfKey(this.keyAt(place));
  }

  keyAt(place: number): Buffer {
    return this.bytes.subarray(place * itemBytes, (place + 1) * itemBytes);
  }

  slice(begin: number, end: number): PackedItems {
    return new PackedItems(this.bytes.subarray(begin * itemBytes, end * itemBytes));
  }

  isBelow(place: number, key: Buffer): boolean {
    return this.bytes.compare(key, 0, itemBytes, place * itemBytes, (place + 1) * itemBytes) < 0;
  }

  /** The first place whose item is not below the key; `count` when there is none. */
  lowerBound(key: Buffer): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.isBelow(middle, key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  addTo(sum: IdSum, begin = 0, end = this.count): IdSum {
    for (let place = begin; place < end; place++) sum.add(this.bytes, place * itemBytes + timeBytes);
    return sum;
  }
}

/** Below everything. */
export const lowestKey = Buffer.alloc(itemBytes);

/** @param bound not the one beyond every item */
export function keyOf({ time, prefix }: Bound): Buffer {
  const key = Buffer.alloc(itemBytes);
  key.writeBigUInt64BE(BigInt(time));
  key.set(prefix, timeBytes);
  return key;
}

export function itemOfKey(key: Buffer): Item {
  return {
    time: key.readUInt32BE(0) * 2 ** 32 + key.readUInt32BE(4),
    // Not as a Buffer, which is written and sliced in other ways than whoever takes items expects.
    id: new Uint8Array(key.buffer, key.byteOffset + timeBytes, itemBytes - timeBytes),
  };
}
