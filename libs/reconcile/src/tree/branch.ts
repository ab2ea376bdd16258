/** A node above leaves or above other branches, with the count and the sum of everything below it. */
import { IdSum } from '../id-sum.js';
import { firstPlaceNot } from '../order.js';
import { compareKeys } from './key.js';
import type { Leaf } from './leaf.js';

export type Node = Leaf | Branch;

const childrenMax = 32;
const fewChildren = childrenMax / 4;
const joinedChildrenMax = (childrenMax * 3) / 4;

export class Branch {
  readonly sum = new IdSum();
  count = 0;

  /** @param children all of one kind, never empty, in order */
  constructor(readonly children: Node[]) {
    for (const child of children) {
      this.count += child.count;
      this.sum.merge(child.sum);
    }
  }

  get isTooLarge(): boolean {
    return this.children.length > childrenMax;
  }

  get isSmall(): boolean {
    return this.children.length < fewChildren;
  }

  /** Whose first item is the least below this node. */
  get firstLeaf(): Leaf {
    return this.children[0]!.firstLeaf;
  }

  /** The last child whose first item is not above the key: where the key is, if it is anywhere. */
  indexFor(key: Uint8Array): number {
    const { children } = this;
    return (
      firstPlaceNot(
        1,
        children.length,
        (index) => compareKeys(children[index]!.firstLeaf.keys, 0, key) <= 0,
      ) - 1
    );
  }

  /** The child that has the place, and the place of its first item. */
  childAt(place: number): { child: Node; first: number } {
    let first = 0;
    for (const child of this.children) {
      if (place < first + child.count) return { child, first };
      first += child.count;
    }
    throw new RangeError('There is no such place in the set.');
  }

  put(child: Node, index: number): void {
    this.children.splice(index, 0, child);
  }

  /** Of a child that has nothing any more: the branch may be empty after it, and is removed itself then. */
  remove(index: number): void {
    this.children.splice(index, 1);
  }

  /** Keeps the first half and returns the other. */
  split(): Branch {
    const rest = new Branch(this.children.splice(Math.ceil(this.children.length / 2)));
    this.count -= rest.count;
    this.sum.separate(rest.sum);
    return rest;
  }

  canJoin(next: Branch): boolean {
    return this.children.length + next.children.length <= joinedChildrenMax;
  }

  join(next: Branch): void {
    this.children.push(...next.children);
    this.count += next.count;
    this.sum.merge(next.sum);
  }
}
