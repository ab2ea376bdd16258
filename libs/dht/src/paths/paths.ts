/**
 * Which way a message goes to a contact (spec/dht.md, "Paths"): over a direct link; else over an archive that is open, for
 * it costs one hop; else through contacts with direct links, when it is known of links that make a way. Does no IO:
 * whoever carries messages asks it, and tells it what came on which way.
 */
import type { Contact } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import type { ToldContact } from '../messages/message.js';
import { KnownLinks } from './known-links.js';

export type Way =
  | { readonly by: 'link' }
  /** The id of an archive that is open. */
  | { readonly by: 'relay'; readonly archive: string }
  /** A `forward` packet with this path goes to the first one, over a direct link. */
  | { readonly by: 'route'; readonly first: Key; readonly path: readonly Key[] };

interface Route {
  readonly first: Key;
  readonly path: readonly Key[];
}

export class Paths {
  readonly #links = new Map<string, Key>();
  /** Those that are open, the longest open first. */
  readonly #archives: string[] = [];
  readonly #known = new KnownLinks();
  /** Until when nothing is relayed to them, the first to end first. */
  #notRelayed: Map<string, number> | undefined;
  /** When the last of them ends. */
  #relayedAllMs = -Infinity;

  constructor(private readonly self: Key) {}

  get links(): number {
    return this.#links.size;
  }

  /** Of how many contacts it is known that they have links. */
  get contacts(): number {
    return this.#known.contacts;
  }

  isLinked(id: Key): boolean {
    return this.#links.has(id.text);
  }

  /** There is a direct link to this contact, or no longer. */
  linked(id: Key, isOpen: boolean): void {
    if (isOpen) this.#links.set(id.text, id);
    else this.#links.delete(id.text);
  }

  /** Whether an archive relays for this node at the moment. */
  opened(archive: string, isOpen: boolean): void {
    const at = this.#archives.indexOf(archive);
    if (!isOpen && at >= 0) this.#archives.splice(at, 1);
    if (!isOpen) return;
    if (at < 0) this.#archives.push(archive);
    // What one archive could not reach, another can.
    this.#notRelayed = undefined;
  }

  /** Contacts in an answer: some of them have a direct link to the teller. */
  told(teller: Key, contacts: readonly ToldContact[], nowMs: number): void {
    for (const { id, linked } of contacts.slice(0, dhtLimits.contactsPerAnswerMax)) {
      if (linked === true && !id.equals(this.self)) this.#known.add(teller, id, nowMs);
    }
  }

  /** A frame has arrived through contacts: its answer can go back that way. */
  arrived(route: readonly Key[], nowMs: number): void {
    for (let at = 1; at < route.length && at < dhtLimits.hopsMax; at++) {
      this.#known.add(route[at - 1]!, route[at]!, nowMs);
    }
  }

  /** It came over the relay: so the contact can be reached there. */
  relayed(contact: Contact): void {
    const notRelayed = this.#notRelayed;
    if (notRelayed !== undefined && notRelayed.size > 0) notRelayed.delete(nameOf(contact));
  }

  /** An archive could not reach the contact; the same id beside another archive is nobody that it was asked for. */
  relayGone(contact: Contact, nowMs: number): void {
    const name = nameOf(contact);
    const notRelayed = (this.#notRelayed ??= new Map<string, number>());
    notRelayed.delete(name);
    for (const [key, untilMs] of notRelayed) {
      if (untilMs > nowMs && notRelayed.size < dhtLimits.pathContactsMax) break;
      notRelayed.delete(key);
    }
    const untilMs = nowMs + dhtLimits.relayGoneMs;
    this.#relayedAllMs = Math.max(this.#relayedAllMs, untilMs);
    notRelayed.set(name, untilMs);
  }

  /**
   * Somebody on a way has no link to the next one. Believed from the link that was used for that way only, and then of
   * that one link only.
   * @param from who is at the other end of the link on which the word came
   */
  routeGone(from: Key, by: Key, id: Key): boolean {
    return this.#known.removeIfUsed(by, id, from);
  }

  hasWay(to: Contact, nowMs: number): boolean {
    return (
      this.isLinked(to.id) || this.#relay(to, nowMs) !== undefined || this.#route(to.id, nowMs) !== undefined
    );
  }

  /** For one message: the next one may take another way. Undefined when none is known. */
  way(to: Contact, nowMs: number): Way | undefined {
    if (this.isLinked(to.id)) return { by: 'link' };
    const relay = this.#relay(to, nowMs);
    if (relay !== undefined) return relay;
    const route = this.#route(to.id, nowMs);
    return route === undefined ? undefined : this.#chosen(route);
  }

  #relay(to: Contact, nowMs: number): Way | undefined {
    const { archive } = to;
    // Nearly always nobody is in it, and this is asked for every message.
    if (nowMs < this.#relayedAllMs && (this.#notRelayed?.get(nameOf(to)) ?? 0) > nowMs) return undefined;
    const relay = this.#archives.includes(archive) ? archive : this.#archives[0];
    return relay === undefined ? undefined : { by: 'relay', archive: relay };
  }

  /** The shortest: from the contact towards the own links, over what is known of others' links. */
  #route(to: Key, nowMs: number): Route | undefined {
    const seen = new Set([to.text, this.self.text]);
    let ways: (readonly Key[])[] = [[to]];
    for (let hops = 1; hops < dhtLimits.hopsMax; hops++) {
      const longer: (readonly Key[])[] = [];
      for (const way of ways) {
        for (const before of this.#known.neighbours(way[0]!, nowMs)) {
          if (seen.has(before.text)) continue;
          seen.add(before.text);
          if (this.isLinked(before)) return { first: before, path: way };
          longer.push([before, ...way]);
        }
      }
      ways = longer;
    }
    return undefined;
  }

  #chosen({ first, path }: Route): Way {
    let before = first;
    for (const id of path) {
      this.#known.used(before, id, first);
      before = id;
    }
    return { by: 'route', first, path };
  }
}

const nameOf = ({ id, archive }: Contact): string => `${id.text} ${archive}`;
