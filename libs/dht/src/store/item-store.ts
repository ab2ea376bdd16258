/**
 * What a node holds, by place. What nobody reads or pins within its time fades; every kind of place has its capacity, and
 * the whole is bounded in items and bytes: first the copies of the way go, then what was never read, then what was read
 * longest ago, and what is pinned never (spec/dht.md, "Storing and fading").
 */
import { compareDistance, Key, keyBytes } from '../keys/key.js';
import type { Place, PlaceKind } from '../keys/place.js';
import type { NodeContext } from '../node/context.js';
import type { VerifiedItem } from '../node/effect.js';
import { Held } from './held.js';

/** `superseded`: the place has as many as it may, and all of them are later ones. */
export type Kept = 'kept' | 'known' | 'superseded' | 'full' | 'expired';

export interface KeepTerms {
  readonly isCached: boolean;
  readonly isPinned?: boolean;
  /** The ring that makes this node responsible. */
  readonly ring?: number;
  /** How long it may still be kept if nobody reads it: copying is no reading. */
  readonly leftMs: number;
}

export class ItemStore {
  /** Made when they are first needed: most nodes of a simulation hold little. */
  readonly #places: Partial<Record<PlaceKind, Map<string, Held[]>>> = {};
  #items = 0;
  #bytes = 0;
  #pinned = 0;
  #cached = 0;
  #cachedBytes = 0;

  constructor(private readonly context: Pick<NodeContext, 'settings' | 'nowMs' | 'random'>) {}

  get counts(): { items: number; bytes: number; pinned: number; cached: number } {
    return { items: this.#items, bytes: this.#bytes, pinned: this.#pinned, cached: this.#cached };
  }

  /** What is held there, the latest first; being read extends its time. */
  read(place: Place): readonly Held[] {
    const held = this.at(place);
    for (const each of held) this.touch(each);
    return held;
  }

  touch(held: Held): void {
    held.readMs = this.context.nowMs;
    this.#extend(held, Infinity);
  }

  /** As `read`, without being one. */
  at(place: Place): readonly Held[] {
    const held = this.#places[place.kind]?.get(place.key.text);
    if (held === undefined) return none;
    const { nowMs } = this.context;
    let hasFaded = false;
    for (const each of held) hasFaded ||= each.untilMs <= nowMs;
    if (!hasFaded) return held;
    for (const each of held.filter((each) => each.untilMs <= nowMs)) this.#remove(each);
    return this.#places[place.kind]?.get(place.key.text) ?? none;
  }

  find(place: Place, id: Key): Held | undefined {
    return this.at(place).find((each) => each.item.id.equals(id));
  }

  /** Of a place that is full the earliest: what is not later than it is not kept there. */
  earliestOfFull(place: Place): VerifiedItem | undefined {
    const held = this.at(place);
    return held.length < this.#capacityOf(place.kind) ? undefined : held.at(-1)!.item;
  }

  /** All that has not faded. What is put or dropped meanwhile may be missing, or there. */
  *all(): Iterable<Held> {
    const { nowMs } = this.context;
    for (const places of Object.values(this.#places)) {
      for (const held of places.values()) {
        for (const each of held) if (each.untilMs > nowMs) yield each;
      }
    }
  }

  put(place: Place, item: VerifiedItem, asked: KeepTerms): Kept {
    const held = this.find(place, item.id);
    // Of a node only its latest word on a mailbox counts, so that nobody fills a place with one node.
    const said =
      place.kind === 'mailbox' && held !== undefined && held.item.iat < item.iat ? held : undefined;
    if (held !== undefined && said === undefined) {
      this.#renew(held, asked);
      return 'known';
    }
    if (item.exp !== undefined && item.exp * 1_000 <= this.context.nowMs) return 'expired';
    const others = this.at(place);
    const last = said ?? (others.length < this.#capacityOf(place.kind) ? undefined : others.at(-1));
    if (last !== undefined && compareItems(item, last.item) < 0) return 'superseded';
    const terms = last === undefined ? asked : this.#takenOver(last, asked);
    if (!this.#makeRoom(item.item.length, terms, last)) return 'full';
    if (last !== undefined) this.#remove(last);
    const fresh = new Held(place, item, terms.isCached && terms.isPinned !== true);
    if (last !== undefined) fresh.rings = last.rings;
    const { nowMs, settings } = this.context;
    fresh.refreshAtMs = nowMs + settings.refreshMs * (0.75 + 0.5 * this.context.random());
    this.#insert(fresh);
    this.#renew(fresh, terms);
    fresh.toldUntilMs = nowMs + fresh.leftMs(nowMs, settings.ttlMs);
    return 'kept';
  }

  drop(place: Place, id: Key): boolean {
    const held = this.find(place, id);
    if (held === undefined) return false;
    this.#remove(held);
    return true;
  }

  /** It fades from now on, unless it is read. */
  unpin(place: Place, id: Key): void {
    const held = this.find(place, id);
    if (held?.isPinned !== true) return;
    held.isPinned = false;
    this.#pinned--;
    held.untilMs = 0;
    this.#extend(held, Infinity);
  }

  /** Lets go of what has faded. */
  sweep(): void {
    const { nowMs } = this.context;
    for (const places of Object.values(this.#places)) {
      for (const held of places.values()) {
        if (!held.some((each) => each.untilMs <= nowMs)) continue;
        for (const each of held.filter((each) => each.untilMs <= nowMs)) this.#remove(each);
      }
    }
  }

  #capacityOf(kind: PlaceKind): number {
    if (kind === 'feed') return this.context.settings.feedItemsMax;
    if (kind === 'mailbox') return this.context.settings.mailboxItemsMax;
    return 1;
  }

  /** What pushes out an older one is kept as that one would have been: else a place could be emptied by what is newest. */
  #takenOver(older: Held, asked: KeepTerms): KeepTerms {
    const { nowMs, settings } = this.context;
    const ownMs = asked.isCached ? Math.min(asked.leftMs, settings.cacheTtlMs) : asked.leftMs;
    const leftMs = Math.max(ownMs, older.leftMs(nowMs, settings.ttlMs));
    return { ...asked, isCached: asked.isCached && older.isCached, leftMs };
  }

  #renew(held: Held, terms: KeepTerms): void {
    if (terms.isPinned === true && !held.isPinned) {
      held.isPinned = true;
      this.#pinned++;
    }
    if (held.isCached && (!terms.isCached || held.isPinned)) {
      held.isCached = false;
      this.#cached--;
      this.#cachedBytes -= held.bytes;
    }
    if (terms.ring !== undefined) held.rings |= 1 << terms.ring;
    this.#extend(held, held.isPinned ? Infinity : terms.leftMs);
  }

  #extend(held: Held, leftMs: number): void {
    const { settings, nowMs } = this.context;
    const ttlMs = held.isCached
      ? settings.cacheTtlMs
      : held.place.kind === 'mailbox'
        ? settings.mailboxTtlMs
        : settings.ttlMs;
    const untilMs = held.isPinned ? Infinity : nowMs + Math.min(leftMs, ttlMs);
    const { exp } = held.item;
    held.untilMs = Math.min(Math.max(held.untilMs, untilMs), exp === undefined ? Infinity : exp * 1_000);
  }

  #insert(held: Held): void {
    const places = (this.#places[held.place.kind] ??= new Map<string, Held[]>());
    const name = held.place.key.text;
    const others = places.get(name);
    if (others === undefined) places.set(name, [held]);
    else {
      const later = others.findIndex((other) => compareItems(other.item, held.item) < 0);
      others.splice(later === -1 ? others.length : later, 0, held);
    }
    this.#items++;
    this.#bytes += held.bytes;
    if (!held.isCached) return;
    this.#cached++;
    this.#cachedBytes += held.bytes;
  }

  #remove(held: Held): void {
    const places = this.#places[held.place.kind]!;
    const name = held.place.key.text;
    const others = places.get(name)!;
    others.splice(others.indexOf(held), 1);
    if (others.length === 0) places.delete(name);
    this.#items--;
    this.#bytes -= held.bytes;
    if (held.isPinned) this.#pinned--;
    if (!held.isCached) return;
    this.#cached--;
    this.#cachedBytes -= held.bytes;
  }

  /** @param replaced goes when there is room, and only then */
  #makeRoom(bytes: number, { isCached, isPinned }: KeepTerms, replaced: Held | undefined): boolean {
    const { itemsMax, bytesMax, cacheShareMax } = this.context.settings;
    const onlyCached = isCached && isPinned !== true;
    const items = replaced === undefined ? 1 : 0;
    const more = bytes - (replaced?.bytes ?? 0);
    const isCacheFreed = replaced?.isCached === true;
    const cachedItems = isCacheFreed ? 0 : 1;
    const cachedMore = isCacheFreed ? more : bytes;
    if (this.#items + items > itemsMax || this.#bytes + more > bytesMax) this.sweep();
    const isCacheFull = (): boolean =>
      this.#cached + cachedItems > itemsMax * cacheShareMax ||
      this.#cachedBytes + cachedMore > bytesMax * cacheShareMax;
    if (onlyCached) while (isCacheFull()) if (!this.#evict(true, replaced)) return false;
    while (this.#items + items > itemsMax || this.#bytes + more > bytesMax) {
      if (!this.#evict(onlyCached, replaced)) return false;
    }
    return true;
  }

  /** The whole is looked through, which happens only to a full store: no order has to be kept for it. */
  #evict(onlyCached: boolean, but: Held | undefined): boolean {
    let least: Held | undefined;
    for (const each of this.all()) {
      if (each === but || each.isPinned || (onlyCached && !each.isCached)) continue;
      if (least === undefined || this.#isWorthLess(each, least)) least = each;
    }
    if (least === undefined) return false;
    this.#remove(least);
    return true;
  }

  #isWorthLess(a: Held, b: Held): boolean {
    if (a.isCached !== b.isCached) return a.isCached;
    if (a.readMs !== b.readMs) return a.readMs < b.readMs;
    return a.untilMs < b.untilMs;
  }
}

const none: readonly Held[] = [];
const zero = new Key(new Uint8Array(keyBytes));

type Revision = Pick<VerifiedItem, 'id' | 'iat'>;

/** By (iat, id), as heads are decided. */
export function compareItems(a: Revision, b: Revision): number {
  if (a.iat !== b.iat) return a.iat - b.iat;
  return compareDistance(zero, a.id, b.id);
}
