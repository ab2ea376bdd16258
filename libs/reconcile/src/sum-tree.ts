/**
 * A set that changes: a B+ tree whose nodes keep the count and the sum of what is below them, so that inserting,
 * deleting and the sum of any range take time in the logarithm of the size. Leaves hold items as bytes: about 40 to 80
 * bytes an item in all. What it hands out stays as it was when the set changes.
 */
import { IdSum } from './id-sum.js';
import { requireItem, type Bound, type Item, type SetStorage } from './storage.js';
import { Branch, type Node } from './tree/branch.js';
import { itemOf, keySizeBytes, writeKey } from './tree/key.js';
import { Leaf, leafItemsMax } from './tree/leaf.js';

export class SumTree implements SetStorage {
  #root: Node = new Leaf();
  readonly #key = new Uint8Array(keySizeBytes);

  /** @param items fastest in ascending order */
  constructor(items: Iterable<Item> = []) {
    for (const item of items) this.insert(item);
  }

  get size(): number {
    return this.#root.count;
  }

  /** @returns false when the item is there already */
  insert(item: Item): boolean {
    const { path, leaf, place } = this.#find(item);
    if (leaf.has(this.#key, place)) return false;
    const rest = leaf.isFull ? leaf.splitAt(splitPlace(path, place)) : undefined;
    if (rest !== undefined && place >= leaf.count && (place > leaf.count || rest.count === 0)) {
      rest.insert(this.#key, place - leaf.count);
    } else leaf.insert(this.#key, place);
    for (const { branch } of path) {
      branch.count++;
      branch.sum.add(item.id);
    }
    if (rest !== undefined) this.#putBeside(path, rest);
    return true;
  }

  /** @returns false when there is no such item */
  delete(item: Item): boolean {
    const { path, leaf, place } = this.#find(item);
    if (!leaf.has(this.#key, place)) return false;
    leaf.delete(place);
    for (const { branch } of path) {
      branch.count--;
      branch.sum.subtract(item.id);
    }
    this.#tidy(path);
    return true;
  }

  has(item: Item): boolean {
    const { leaf, place } = this.#find(item);
    return leaf.has(this.#key, place);
  }

  itemAt(place: number): Item {
    let node = this.#root;
    let rest = place;
    while (node instanceof Branch) {
      const { child, first } = node.childAt(rest);
      node = child;
      rest -= first;
    }
    if (!(rest >= 0 && rest < node.count)) throw new RangeError('There is no such place in the set.');
    return itemOf(node.keys, rest * keySizeBytes);
  }

  *items(begin: number, end: number): Generator<Item, void> {
    for (const { leaf, from, to } of partsOf(this.#root, begin, end)) {
      for (let place = from; place < to; place++) yield itemOf(leaf.keys, place * keySizeBytes);
    }
  }

  lowerBound(begin: number, end: number, bound: Bound): number {
    if (bound.time === Infinity) return end;
    writeKey(this.#key, bound.time, bound.prefix);
    let first = 0;
    let node = this.#root;
    while (node instanceof Branch) {
      const index = node.indexFor(this.#key);
      for (let before = 0; before < index; before++) first += node.children[before]!.count;
      node = node.children[index]!;
    }
    return Math.min(end, Math.max(begin, first + node.placeOf(this.#key)));
  }

  sum(begin: number, end: number): { count: number; sum: Uint8Array } {
    const sum = this.#sumBefore(end);
    if (begin > 0) sum.separate(this.#sumBefore(begin));
    return { count: end - begin, sum: sum.toBytes() };
  }

  #sumBefore(place: number): IdSum {
    const sum = new IdSum();
    if (place >= this.size) return sum.merge(this.#root.sum);
    let node = this.#root;
    let rest = place;
    while (node instanceof Branch) {
      const { child, first } = node.childAt(rest);
      for (const before of node.children) {
        if (before === child) break;
        sum.merge(before.sum);
      }
      node = child;
      rest -= first;
    }
    node.addSumBefore(rest, sum);
    return sum;
  }

  /** Leaves the item's key in `#key`. */
  #find(item: Item): { path: Path; leaf: Leaf; place: number } {
    requireItem(item);
    writeKey(this.#key, item.time, item.id);
    const path: PathStep[] = [];
    let node = this.#root;
    while (node instanceof Branch) {
      const index = node.indexFor(this.#key);
      path.push({ branch: node, index });
      node = node.children[index]!;
    }
    return { path, leaf: node, place: node.placeOf(this.#key) };
  }

  /** Hangs what was split off beside the node that the path leads to. */
  #putBeside(path: Path, splitOff: Node): void {
    let beside = splitOff;
    for (const { branch, index } of path.toReversed()) {
      branch.put(beside, index + 1);
      if (!branch.isTooLarge) return;
      beside = branch.split();
    }
    this.#root = new Branch([this.#root, beside]);
  }

  /** After a deletion: drops what is empty, joins what is small to a neighbour when they fit into one. */
  #tidy(path: Path): void {
    for (const { branch, index } of path.toReversed()) {
      const child = branch.children[index]!;
      if (child.count === 0) branch.remove(index);
      else if (!child.isSmall) return;
      else if (join(branch.children[index - 1], child)) branch.remove(index);
      else if (join(child, branch.children[index + 1])) branch.remove(index + 1);
      else return;
    }
    while (this.#root instanceof Branch && this.#root.children.length === 1)
      this.#root = this.#root.children[0]!;
    if (this.#root.count === 0) this.#root = new Leaf();
  }
}

interface PathStep {
  readonly branch: Branch;
  readonly index: number;
}

/** From the root downwards. */
type Path = readonly PathStep[];

/** In the middle; but what is only ever appended to fills its leaves. */
function splitPlace(path: Path, place: number): number {
  const isLast = path.every(({ branch, index }) => index === branch.children.length - 1);
  return isLast && place === leafItemsMax ? place : leafItemsMax / 2;
}

function join(node: Node | undefined, next: Node | undefined): boolean {
  if (node instanceof Leaf && next instanceof Leaf && node.canJoin(next)) node.join(next);
  else if (node instanceof Branch && next instanceof Branch && node.canJoin(next)) node.join(next);
  else return false;
  return true;
}

function* partsOf(
  node: Node,
  begin: number,
  end: number,
): Generator<{ leaf: Leaf; from: number; to: number }, void> {
  if (node instanceof Leaf) {
    yield { leaf: node, from: Math.max(0, begin), to: Math.min(node.count, end) };
    return;
  }
  let first = 0;
  for (const child of node.children) {
    if (first >= end) return;
    if (first + child.count > begin) yield* partsOf(child, begin - first, end - first);
    first += child.count;
  }
}
