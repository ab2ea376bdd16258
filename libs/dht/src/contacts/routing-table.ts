/**
 * Whom a node knows (spec/dht.md, "Routing table"): buckets by the length of the prefix shared with the own id, and all
 * of the `siblings` closest ones. Only contacts that have answered are in it, and a live one never yields to a newcomer,
 * so that nobody is pushed out of it by making many nodes. One archive's contacts do not fill a bucket, while there are
 * others to choose.
 */
import { commonPrefix, type Key } from '../keys/key.js';
import { dhtLimits, type DhtSettings } from '../limits.js';
import { closestOf } from './closest.js';
import type { Contact, Role } from './contact.js';
import { Lifetimes } from './lifetimes.js';
import { RoundTrips } from './round-trips.js';
import { Slots } from './slots.js';
import { Spares } from './spares.js';

export class RoutingTable {
  readonly roundTrips: RoundTrips;
  readonly lifetimes = new Lifetimes();
  readonly #slots: Slots;
  readonly #spares: Spares;
  /** Counts answers, from 1: tells whether anybody has been heard of since somebody failed. */
  #answers = 1;
  /** Who did not answer, the longest ago first: they may have been slow. */
  readonly #givenUp = new Set<string>();
  /** When anybody was last heard of. */
  #heardMs = 0;

  constructor(
    private readonly self: Key,
    private readonly settings: DhtSettings,
  ) {
    this.roundTrips = new RoundTrips(settings);
    this.#slots = new Slots(self);
    this.#spares = new Spares(self, settings.replacementsPerBucket, settings.perArchiveInBucket);
  }

  get size(): number {
    return this.#slots.size;
  }

  /**
   * A contact has answered. Who is known to be an observer is let go.
   * @param rttMs since it was asked
   */
  heard(contact: Contact & { readonly role?: Role }, nowMs: number, rttMs?: number): void {
    this.#answers = (this.#answers % 0x3fffffff) + 1;
    this.#heardMs = nowMs;
    if (rttMs !== undefined) this.roundTrips.measured(contact.archive, rttMs);
    if (contact.role === 'observer') return this.remove(contact.id);
    const index = this.#slots.indexOf(contact.id);
    if (index >= 0) {
      this.lifetimes.stayed(nowMs - this.#slots.heardMs[index]!);
      this.#slots.heardMs[index] = nowMs;
      this.#slots.doubts[index] = 0;
      return;
    }
    if (contact.id.equals(this.self)) return;
    if (this.#givenUp.delete(contact.id.text)) this.lifetimes.returned();
    if (!this.#hasRoom(contact) && !this.#yieldTo(contact)) return this.#spares.add(contact);
    this.#spares.remove(contact.id);
    this.#slots.add(contact, nowMs);
    this.#settle();
  }

  /** One that is held has asked something: it is there, but whether it answers is as unsure as before. */
  asked(contact: Contact & { readonly role: Role }, nowMs: number): void {
    if (contact.role === 'observer') return this.remove(contact.id);
    this.#heardMs = nowMs;
    const index = this.#slots.indexOf(contact.id);
    if (index < 0) return;
    this.lifetimes.stayed(nowMs - this.#slots.heardMs[index]!);
    this.#slots.heardMs[index] = nowMs;
  }

  /**
   * Whether it would be held if it answered, and is worth a ping. Where contacts stay only briefly, half of the room is
   * left to those that answer anyway: else most messages would be pings.
   */
  wants(contact: Contact): boolean {
    if (contact.id.equals(this.self) || this.has(contact.id)) return false;
    if (!this.#hasRoom(contact)) return this.#overRepresented(contact) >= 0;
    if (this.lifetimes.meanMs >= dhtLimits.lifetimeShortMs) return true;
    const bucket = commonPrefix(this.self, contact.id);
    return this.#isSibling(contact.id, bucket) || this.#othersIn(bucket) < this.settings.bucketSize / 2;
  }

  has(id: Key): boolean {
    return this.#slots.indexOf(id) >= 0;
  }

  /**
   * It has not answered in time. It is dead after the second time in a row, unless nobody at all has answered in
   * between: then it is more likely that the node itself is cut off.
   */
  failed(id: Key, archive?: string): void {
    const index = this.#slots.indexOf(id);
    if (this.#isOfAnother(index, archive)) return;
    if (index < 0) return void this.#spares.remove(id);
    const since = this.#slots.doubts[index]!;
    if (since === 0) this.#slots.doubts[index] = this.#answers;
    else if (since !== this.#answers) {
      this.gone(id);
      this.#givenUp.add(id.text);
      for (const oldest of this.#givenUp) {
        if (this.#givenUp.size <= dhtLimits.givenUpMax) break;
        this.#givenUp.delete(oldest);
      }
    }
  }

  /** It cannot be reached: whoever brings messages to it says so. @param archive through which it was tried */
  gone(id: Key, archive?: string): void {
    const index = this.#slots.indexOf(id);
    if (this.#isOfAnother(index, archive)) return;
    if (index >= 0) this.lifetimes.left(Math.max(0, this.#heardMs - this.#slots.heardMs[index]!));
    this.remove(id);
  }

  /** Nothing more is asked of it, also not later. */
  remove(id: Key): void {
    const index = this.#slots.indexOf(id);
    if (index < 0) this.#spares.remove(id);
    else this.#removeAt(index);
  }

  /** The nearest first. */
  closest(target: Key, count: number, except?: Key): Contact[] {
    return closestOf(this.#slots, this.self, target, count, except);
  }

  /** The closest to the node itself, the nearest first. */
  siblings(): Contact[] {
    return closestOf(this.#slots, this.self, this.self, this.settings.siblings);
  }

  /** Who has failed once, or has not been heard of for that long: the longest silent first. */
  due(nowMs: number, quietMs: number, count: number): Contact[] {
    const { contacts, heardMs, doubts } = this.#slots;
    const indexes: number[] = [];
    for (let i = 0; i < contacts.length; i++) {
      if (doubts[i] !== 0 || nowMs - heardMs[i]! >= quietMs) indexes.push(i);
    }
    indexes.sort((a, b) => heardMs[a]! - heardMs[b]!);
    return indexes.slice(0, count).map((index) => contacts[index]!);
  }

  /** The longest known of every bucket, then the second ones, and so on: to begin with another time. */
  longestKnown(count: number): Contact[] {
    const found: Contact[] = [];
    for (let round = 0; found.length < Math.min(count, this.size); round++) {
      for (let bucket = 0; bucket < this.#slots.buckets && found.length < count; bucket++) {
        const index = this.#slots.start(bucket) + round;
        if (index < this.#slots.end(bucket)) found.push(this.#slots.contacts[index]!);
      }
    }
    return found;
  }

  /** Those beyond all siblings that are less than half full, the farthest first. */
  thinBuckets(): number[] {
    const beyond = this.#bucketAt(this.size - this.settings.siblings);
    return this.#slots.thinBuckets(beyond, this.settings.bucketSize / 2);
  }

  all(): readonly Contact[] {
    return this.#slots.contacts;
  }

  /** Somebody has told of it beside an archive that is not its own: nothing is known of the one that is held. */
  #isOfAnother(index: number, archive: string | undefined): boolean {
    return index >= 0 && archive !== undefined && this.#slots.contacts[index]!.archive !== archive;
  }

  #hasRoom(contact: Contact): boolean {
    const bucket = commonPrefix(this.self, contact.id);
    return this.#isSibling(contact.id, bucket) || this.#othersIn(bucket) < this.settings.bucketSize;
  }

  /** Whether it is, or would be, one of the closest to the node itself. */
  #isSibling(id: Key, bucket: number): boolean {
    const slots = this.#slots;
    const end = slots.end(bucket);
    let nearer = slots.size - end;
    for (let i = slots.start(bucket); i < end && nearer < this.settings.siblings; i++) {
      if (slots.compare(this.self, i, id) < 0) nearer++;
    }
    return nearer < this.settings.siblings;
  }

  /** How many of a bucket are no siblings: these are what `bucketSize` bounds. */
  #othersIn(bucket: number): number {
    const start = this.#slots.start(bucket);
    return Math.min(
      this.#slots.end(bucket) - start,
      Math.max(0, this.#slots.size - this.settings.siblings - start),
    );
  }

  #removeAt(index: number): void {
    const bucket = commonPrefix(this.self, this.#slots.contacts[index]!.id);
    this.#slots.removeAt(index);
    this.#refill(bucket);
    // Somebody may have become a sibling for that, and have left room in its bucket.
    const boundary = this.#bucketAt(this.#slots.size - this.settings.siblings);
    if (boundary !== bucket) this.#refill(boundary);
  }

  /** Takes from the replacement cache whom there is room for: the newest, of archives that have few in the bucket first. */
  #refill(bucket: number): void {
    for (;;) {
      const { contacts } = this.#spares;
      let best: Contact | undefined;
      for (let i = contacts.length - 1; i >= 0; i--) {
        const spare = contacts[i]!;
        if (commonPrefix(this.self, spare.id) !== bucket || !this.#hasRoom(spare)) continue;
        best ??= spare;
        const ofArchive = this.#archiveIn(bucket, spare.archive, this.#slots.end(bucket));
        if (ofArchive < this.settings.perArchiveInBucket) {
          best = spare;
          break;
        }
      }
      if (best === undefined) return;
      this.#spares.remove(best.id);
      // Nobody knows whether it still answers: it is the first to be checked.
      this.#slots.add(best, Number.NEGATIVE_INFINITY);
      this.#settle();
    }
  }

  /** Somebody has come nearer: who is no sibling any more for that stays only where its bucket has room. */
  #settle(): void {
    const bucket = this.#bucketAt(this.#slots.size - this.settings.siblings - 1);
    if (this.#othersIn(bucket) <= this.settings.bucketSize) return;
    let fallen = -1;
    for (let i = this.#slots.start(bucket); i < this.#slots.end(bucket); i++) {
      if (this.#isOther(i, bucket) && (fallen < 0 || this.#slots.compareHeld(this.self, i, fallen) < 0))
        fallen = i;
    }
    this.#displace(fallen);
  }

  /** Makes room where one archive has more of the bucket than it should and the newcomer's has not. */
  #yieldTo(newcomer: Contact): boolean {
    const index = this.#overRepresented(newcomer);
    if (index < 0) return false;
    this.#displace(index);
    return true;
  }

  /** Whom the newcomer would take the place of: the youngest of the archive that has most, or -1. */
  #overRepresented(newcomer: Contact): number {
    const bucket = commonPrefix(this.self, newcomer.id);
    const start = this.#slots.start(bucket);
    const end = this.#slots.end(bucket);
    if (this.#archiveIn(bucket, newcomer.archive, end) >= this.settings.perArchiveInBucket) return -1;
    let most = this.settings.perArchiveInBucket;
    let found = -1;
    for (let i = end - 1; i >= start; i--) {
      // Its youngest has all of the archive's before it.
      const count = this.#archiveIn(bucket, this.#slots.contacts[i]!.archive, i + 1);
      if (count <= most || !this.#isOther(i, bucket)) continue;
      most = count;
      found = i;
    }
    return found;
  }

  #displace(index: number): void {
    const contact = this.#slots.contacts[index]!;
    this.#slots.removeAt(index);
    this.#spares.add(contact);
  }

  /** How many of a bucket, before `end`, are of the archive, siblings not counted. */
  #archiveIn(bucket: number, archive: string, end: number): number {
    const { contacts } = this.#slots;
    const start = this.#slots.start(bucket);
    const isWhole = this.#othersIn(bucket) === this.#slots.end(bucket) - start;
    let count = 0;
    for (let i = start; i < end; i++) {
      if (contacts[i]!.archive === archive && (isWhole || this.#isOther(i, bucket))) count++;
    }
    return count;
  }

  /** Whether a contact that is held is no sibling. */
  #isOther(index: number, bucket: number): boolean {
    const others = this.#othersIn(bucket);
    if (others === 0) return false;
    if (others === this.#slots.end(bucket) - this.#slots.start(bucket)) return true;
    return !this.#isSibling(this.#slots.contacts[index]!.id, bucket);
  }

  #bucketAt(index: number): number {
    return index < 0 ? 0 : commonPrefix(this.self, this.#slots.contacts[index]!.id);
  }
}
