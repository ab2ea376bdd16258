/**
 * Who is said to have a direct link to whom. A link has two ends, so it is known from both. It is believed for a time, of
 * a bounded number of contacts and a few for each: the longest not spoken of is forgotten first.
 */
import type { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';

/** What is known from both of its ends. */
interface KnownLink {
  atMs: number;
  /** The own link through which something was last sent over it: word that it is gone is believed from there only. */
  through: Key | undefined;
}

interface Neighbour {
  readonly id: Key;
  readonly link: KnownLink;
}

export class KnownLinks {
  /** By id, then by neighbour's id; of both the longest not spoken of first. */
  readonly #neighbours = new Map<string, Map<string, Neighbour>>();

  get contacts(): number {
    return this.#neighbours.size;
  }

  add(a: Key, b: Key, nowMs: number): void {
    if (a.equals(b)) return;
    const link = this.#find(a, b, nowMs) ?? { atMs: nowMs, through: undefined };
    link.atMs = nowMs;
    this.#put(a, b, link);
    this.#put(b, a, link);
  }

  remove(a: Key, b: Key): void {
    this.#cut(a.text, b.text);
    this.#cut(b.text, a.text);
  }

  /** Only if something was sent over it through that own link. */
  removeIfUsed(a: Key, b: Key, through: Key): boolean {
    const link = this.#neighbours.get(a.text)?.get(b.text)?.link;
    if (link?.through === undefined || !link.through.equals(through)) return false;
    this.remove(a, b);
    return true;
  }

  used(a: Key, b: Key, through: Key): void {
    const link = this.#neighbours.get(a.text)?.get(b.text)?.link;
    if (link !== undefined) link.through = through;
  }

  /** The last spoken of first. */
  neighbours(id: Key, nowMs: number): Key[] {
    const all = [...(this.#neighbours.get(id.text)?.values() ?? [])];
    return all
      .filter(({ link }) => nowMs - link.atMs < dhtLimits.pathMs)
      .map((neighbour) => neighbour.id)
      .toReversed();
  }

  #find(a: Key, b: Key, nowMs: number): KnownLink | undefined {
    const link = this.#neighbours.get(a.text)?.get(b.text)?.link;
    return link !== undefined && nowMs - link.atMs < dhtLimits.pathMs ? link : undefined;
  }

  #put(of: Key, id: Key, link: KnownLink): void {
    const neighbours = this.#neighbours.get(of.text) ?? new Map<string, Neighbour>();
    neighbours.delete(id.text);
    neighbours.set(id.text, { id, link });
    this.#neighbours.delete(of.text);
    this.#neighbours.set(of.text, neighbours);
    for (const each of neighbours.values()) {
      if (neighbours.size <= dhtLimits.pathNeighboursMax) break;
      this.remove(of, each.id);
    }
    for (const [contact, others] of this.#neighbours) {
      if (this.#neighbours.size <= dhtLimits.pathContactsMax) break;
      this.#neighbours.delete(contact);
      for (const each of others.values()) this.#cut(each.id.text, contact);
    }
  }

  #cut(of: string, id: string): void {
    const neighbours = this.#neighbours.get(of);
    neighbours?.delete(id);
    if (neighbours?.size === 0) this.#neighbours.delete(of);
  }
}
