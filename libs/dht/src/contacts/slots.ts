/**
 * The contacts of a routing table in the order of their buckets: the farthest from the node itself first, those of one
 * bucket next to each other in the order in which they came. Columns instead of an object for each contact, because a
 * simulation has millions of them.
 */
import { commonPrefix, compareDistance, type Key } from '../keys/key.js';
import type { Contact } from './contact.js';

export class Slots {
  readonly contacts: Contact[] = [];
  /** The first 32 bits of each id, as numbers with a sign: nearly every comparison needs no more of a contact. */
  readonly heads: number[] = [];
  /** When each was last heard of, as `nowMs`. */
  readonly heardMs: number[] = [];
  /** 0 when it has answered what it was asked last, else what the table remembers of the failure. */
  readonly doubts: number[] = [];
  /** Where each bucket begins, as far as there are any; empty ones begin where the next does. */
  readonly #starts: number[] = [];

  constructor(private readonly self: Key) {}

  get size(): number {
    return this.contacts.length;
  }

  /** No bucket from this one on has anybody in it. */
  get buckets(): number {
    return this.#starts.length;
  }

  start(bucket: number): number {
    return bucket < this.#starts.length ? this.#starts[bucket]! : this.contacts.length;
  }

  end(bucket: number): number {
    return this.start(bucket + 1);
  }

  /** Of the first so many buckets those with fewer contacts than that. */
  thinBuckets(first: number, fewer: number): number[] {
    const thin: number[] = [];
    for (let bucket = 0; bucket < first; bucket++) {
      if (this.end(bucket) - this.start(bucket) < fewer) thin.push(bucket);
    }
    return thin;
  }

  indexOf(id: Key): number {
    const bucket = commonPrefix(this.self, id);
    const end = this.end(bucket);
    const head = id.head | 0;
    for (let i = this.start(bucket); i < end; i++) {
      if (this.heads[i] === head && this.contacts[i]!.id.equals(id)) return i;
    }
    return -1;
  }

  add(contact: Contact, heardMs: number): void {
    const bucket = commonPrefix(this.self, contact.id);
    while (this.#starts.length <= bucket) this.#starts.push(this.contacts.length);
    const index = this.end(bucket);
    insert(this.contacts, index, contact);
    insert(this.heads, index, contact.id.head | 0);
    insert(this.heardMs, index, heardMs);
    insert(this.doubts, index, 0);
    for (let i = bucket + 1; i < this.#starts.length; i++) this.#starts[i]!++;
  }

  /** As `compareDistance`, of one that is held and another. */
  compare(target: Key, index: number, id: Key): number {
    const heads = ((target.head ^ this.heads[index]!) >>> 0) - ((target.head ^ id.head) >>> 0);
    return heads !== 0 ? heads : compareDistance(target, this.contacts[index]!.id, id);
  }

  /** As `compareDistance`, of two that are held. */
  compareHeld(target: Key, a: number, b: number): number {
    const heads = ((target.head ^ this.heads[a]!) >>> 0) - ((target.head ^ this.heads[b]!) >>> 0);
    return heads !== 0 ? heads : compareDistance(target, this.contacts[a]!.id, this.contacts[b]!.id);
  }

  removeAt(index: number): void {
    const bucket = commonPrefix(this.self, this.contacts[index]!.id);
    removeFrom(this.contacts, index);
    removeFrom(this.heads, index);
    removeFrom(this.heardMs, index);
    removeFrom(this.doubts, index);
    for (let i = bucket + 1; i < this.#starts.length; i++) this.#starts[i]!--;
    while (this.#starts.length > 0 && this.#starts.at(-1) === this.contacts.length) this.#starts.pop();
  }
}

// Array.splice makes an array of what it takes out.
function insert<T>(list: T[], index: number, value: T): void {
  list.push(value);
  for (let i = list.length - 1; i > index; i--) list[i] = list[i - 1]!;
  list[index] = value;
}

export function removeFrom<T>(list: T[], index: number): void {
  for (let i = index + 1; i < list.length; i++) list[i - 1] = list[i]!;
  list.pop();
}
