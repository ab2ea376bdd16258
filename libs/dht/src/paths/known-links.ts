/**
 * Who is said to have a direct link to whom. A link has two ends, so it is known from both. It is believed for a time, of
 * a bounded number of contacts and a few for each: the longest not spoken of is forgotten first, and so is what is not
 * believed any more. Lists instead of maps for the few of each contact: most of what a simulation remembers is here.
 */
import type { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';

/** What is known from both of its ends. */
interface KnownLink {
  readonly ends: readonly [Key, Key];
  atMs: number;
  /** The own link through which something was last sent over it: word that it is gone is believed from there only. */
  through: Key | undefined;
  /** When that was, counted in uses. */
  use: number;
}

interface Linked {
  readonly id: Key;
  /** When it was last spoken of. */
  atMs: number;
  /** The longest not spoken of first. */
  readonly links: KnownLink[];
}

export class KnownLinks {
  /** By the text of the id; the longest not spoken of first. */
  readonly #contacts = new Map<string, Linked>();
  #uses = 0;

  get contacts(): number {
    return this.#contacts.size;
  }

  add(a: Key, b: Key, nowMs: number): void {
    if (a.equals(b)) return;
    const known = this.#find(a, b);
    const isNew = known === undefined || !isBelieved(known, nowMs);
    if (isNew && known !== undefined) this.remove(a, b);
    const link = isNew ? { ends: [a, b] as const, atMs: nowMs, through: undefined, use: 0 } : known;
    link.atMs = nowMs;
    this.#put(a, link, nowMs);
    this.#put(b, link, nowMs);
    this.#forget(nowMs);
  }

  remove(a: Key, b: Key): void {
    this.#cut(a, b);
    this.#cut(b, a);
  }

  /** Only if something was sent over it through that own link. */
  removeIfUsed(a: Key, b: Key, through: Key): boolean {
    const link = this.#find(a, b);
    if (link?.through === undefined || !link.through.equals(through)) return false;
    this.remove(a, b);
    return true;
  }

  used(a: Key, b: Key, through: Key): void {
    const link = this.#find(a, b);
    if (link === undefined) return;
    link.through = through;
    link.use = ++this.#uses;
  }

  /** The longest not used first, so that nobody forwards everything; of the unused the last spoken of. */
  neighbours(id: Key, nowMs: number): Key[] {
    const links = this.#contacts.get(id.text)?.links ?? [];
    return links
      .filter((link) => isBelieved(link, nowMs))
      .toReversed()
      .sort((a, b) => a.use - b.use)
      .map((link) => otherEnd(link, id));
  }

  #find(a: Key, b: Key): KnownLink | undefined {
    const links = this.#contacts.get(a.text)?.links;
    return links?.[indexOf(links, a, b)];
  }

  #put(of: Key, link: KnownLink, nowMs: number): void {
    const { text } = of;
    const contact = this.#contacts.get(text) ?? { id: of, atMs: nowMs, links: [] };
    contact.atMs = nowMs;
    const at = contact.links.indexOf(link);
    if (at >= 0) contact.links.splice(at, 1);
    contact.links.push(link);
    this.#contacts.delete(text);
    this.#contacts.set(text, contact);
    const { links } = contact;
    while (links.length > dhtLimits.pathNeighboursMax || !isBelieved(links[0]!, nowMs)) {
      this.remove(of, otherEnd(links[0]!, of));
    }
  }

  #forget(nowMs: number): void {
    for (const { id, atMs, links } of this.#contacts.values()) {
      if (this.#contacts.size <= dhtLimits.pathContactsMax && nowMs - atMs < dhtLimits.pathMs) break;
      this.#contacts.delete(id.text);
      for (const link of links) this.#cut(otherEnd(link, id), id);
    }
  }

  #cut(of: Key, id: Key): void {
    const links = this.#contacts.get(of.text)?.links;
    if (links === undefined) return;
    const at = indexOf(links, of, id);
    if (at >= 0) links.splice(at, 1);
    if (links.length === 0) this.#contacts.delete(of.text);
  }
}

const isBelieved = ({ atMs }: KnownLink, nowMs: number): boolean => nowMs - atMs < dhtLimits.pathMs;

const otherEnd = ({ ends }: KnownLink, id: Key): Key => (ends[0].equals(id) ? ends[1] : ends[0]);

function indexOf(links: readonly KnownLink[], own: Key, id: Key): number {
  for (let i = 0; i < links.length; i++) if (otherEnd(links[i]!, own).equals(id)) return i;
  return -1;
}
