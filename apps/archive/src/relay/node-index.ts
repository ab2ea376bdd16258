/**
 * Servers among the nodes, in the order of their ids: who is nearest to a point of the key space by exclusive or. All
 * that share more leading bits with the point than others are nearer than those, so that they stand together.
 */
import type { NodeContact } from './node-contact.js';

interface Entry {
  readonly contact: NodeContact;
  readonly id: Buffer;
  /** The first 32 bits of the id. */
  readonly head: number;
}

const headBits = 32;

export class NodeIndex {
  private readonly entries: Entry[] = [];

  add(contact: NodeContact): void {
    const id = Buffer.from(contact.node, 'base64url');
    const entry = { contact, id, head: id.readUInt32BE() };
    this.entries.splice(this.firstFrom(entry.head), 0, entry);
  }

  remove({ node, archive }: NodeContact): void {
    const head = Buffer.from(node, 'base64url').readUInt32BE();
    for (let at = this.firstFrom(head); this.entries[at]?.head === head; at++) {
      const { contact } = this.entries[at]!;
      if (contact.node !== node || contact.archive !== archive) continue;
      this.entries.splice(at, 1);
      return;
    }
  }

  /** The nearest first. */
  nearest(target: Buffer, countMax: number): NodeContact[] {
    return this.around(target.readUInt32BE(), countMax)
      .sort((a, b) => compareDistance(target, a.id, b.id))
      .slice(0, countMax)
      .map(({ contact }) => contact);
  }

  /** The fewest that have the nearest among them. */
  private around(head: number, countMin: number): Entry[] {
    for (let bits = headBits; bits > 0; bits--) {
      const spread = 2 ** (headBits - bits);
      const begin = Math.floor(head / spread) * spread;
      const [from, to] = [this.firstFrom(begin), this.firstFrom(begin + spread)];
      if (to - from >= countMin) return this.entries.slice(from, to);
    }
    return [...this.entries];
  }

  /** Where the first entry stands whose head is not below this. */
  private firstFrom(head: number): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entries[middle]!.head < head) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function compareDistance(target: Buffer, a: Buffer, b: Buffer): number {
  for (let at = 0; at < target.length; at++) {
    const difference = (target[at]! ^ a[at]!) - (target[at]! ^ b[at]!);
    if (difference !== 0) return difference;
  }
  return 0;
}
