/**
 * Answers what the node asks to have verified: is this a record that verifies, and does it belong at that place, or match
 * that filter (spec/dht.md, "Places and rings")? What passes here is what this client holds, answers with and hands out.
 * Of an announcement holders see that whoever made it knows the mailbox, and that it is of the node that brings it; only
 * who knows the mailbox itself can say whether it is true.
 */
import {
  Key,
  placesOf,
  recordPlace,
  type Item,
  type Place,
  type Question,
  type Sender,
  type Verdict,
  type VerifiedItem,
} from '@holdfast/dht';
import {
  decodeBase64url,
  limits,
  matchesFilter,
  readAnnouncementAt,
  systemCollections,
  verifyAnnouncement,
  verifyRecord,
  type ErrorCode,
  type HoldfastRecord,
} from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import { overlayLimits } from '../limits.js';
import { isPlaceOf } from './places.js';
import type { Retractions } from './retractions.js';

export interface VerificationParts {
  readonly clock: Clock;
  /** How far the archives' clocks are ahead of this one, seconds. */
  readonly aheadSeconds: () => number;
  readonly retractions: Retractions;
  /** Which mailbox this client itself is looking for at that place. */
  readonly soughtMailbox: (place: Place) => string | undefined;
  /** A record that is or was held has been retracted. */
  readonly letGo: (places: readonly Place[], id: Key) => void;
}

type PlacedRecord = Parameters<typeof placesOf>[0];

export class ItemVerification {
  /** Of what has passed: an item that the node hands out again is not verified twice. */
  readonly #records = new WeakMap<VerifiedItem, HoldfastRecord>();
  /** By record, the latest ones last: whose retraction counts, and where the record is. */
  readonly #placed = new Map<string, PlacedRecord>();
  #underway = 0;

  constructor(private readonly parts: VerificationParts) {}

  async verify(item: Item, belongs: Question, from: Sender): Promise<Verdict> {
    if (this.#underway >= overlayLimits.checksMax) return refusedFor('quota-exceeded');
    this.#underway++;
    try {
      if ('place' in belongs && belongs.place.kind === 'mailbox') {
        return await this.#announcement(item, belongs.place, from);
      }
      const verified = await verifyRecord(item, this.#now());
      if (!verified.ok) return refusedFor(verified.code);
      const record = verified.value;
      this.learn(record);
      if (this.parts.retractions.has(record)) return refusedFor('record-retracted');
      const verdict = 'place' in belongs ? this.#atPlace(record, belongs) : this.#matching(record, belongs);
      if (verdict !== undefined) return refusedFor(verdict);
      return { ok: true, item: this.itemOf(record) };
    } finally {
      this.#underway--;
    }
  }

  /** As an item for the node; the record has been verified. */
  itemOf(record: HoldfastRecord): VerifiedItem {
    const { jws, id, iat, exp, author, collection, key, topics, refs } = record;
    const members = {
      author,
      collection,
      ...(key === undefined ? {} : { key }),
      ...(topics === undefined ? {} : { topics }),
      ...(refs === undefined ? {} : { refs }),
    };
    const item = {
      item: jws,
      id: new Key(decodeBase64url(id)!),
      iat,
      ...(exp === undefined ? {} : { exp }),
      record: members,
    };
    this.#records.set(item, record);
    this.#remember(record);
    return item;
  }

  /** When it is a retraction, what it retracts is let go of. */
  learn(record: HoldfastRecord): void {
    if (record.collection !== systemCollections.retractions) return;
    this.parts.retractions.learn(record);
    for (const id of record.refs ?? []) {
      const retracted = this.#placed.get(id);
      if (retracted?.author !== record.author) continue;
      this.parts.letGo(placesOf(retracted), recordPlace(id).key);
    }
  }

  async #announcement(item: Item, place: Place, from: Sender): Promise<Verdict> {
    const now = this.#now();
    const read = await readAnnouncementAt(place.key.bytes, item, now);
    if (!read.ok) return refusedFor(read.code);
    const { node, archive, iat } = read.value;
    const mailbox = this.parts.soughtMailbox(place);
    // Of what could have been made by anybody who knows the mailbox, or was brought by another holder, nobody who gives it
    // is to blame.
    const isBelieved =
      mailbox === undefined
        ? node === from.id.text && archive === from.archive
        : (await verifyAnnouncement(item, mailbox, now)).ok;
    return isBelieved ? { ok: true, item: announcementItem(item, node, iat) } : refusedFor('quota-exceeded');
  }

  /** What may be handed to the application: verified here, not expired since, not retracted. */
  recordOf(item: VerifiedItem): HoldfastRecord | undefined {
    const record = this.#records.get(item);
    if (record === undefined || (record.exp !== undefined && record.exp <= this.#now())) return undefined;
    return this.parts.retractions.has(record) ? undefined : record;
  }

  #atPlace(record: HoldfastRecord, { place }: Extract<Question, { place: unknown }>): ErrorCode | undefined {
    if (isPlaceOf(record, place)) return undefined;
    const { text } = place.key;
    const isRetraction =
      place.kind === 'record' &&
      record.collection === systemCollections.retractions &&
      record.refs?.includes(text) === true;
    if (!isRetraction) return 'answer-invalid';
    // Anybody can name a record that is not theirs: without having read it nobody can tell.
    return this.#placed.get(text)?.author === record.author ? undefined : 'record-retracted';
  }

  #matching(
    record: HoldfastRecord,
    { filter }: Extract<Question, { filter: unknown }>,
  ): ErrorCode | undefined {
    return matchesFilter(filter, record) ? undefined : 'answer-invalid';
  }

  #remember({ id, author, collection, key }: HoldfastRecord): void {
    this.#placed.delete(id);
    this.#placed.set(id, { id, author, collection, ...(key === undefined ? {} : { key }) });
    for (const oldest of this.#placed.keys()) {
      if (this.#placed.size <= overlayLimits.recordsKnownMax) break;
      this.#placed.delete(oldest);
    }
  }

  /** A clock that is behind must not make new records look too new. */
  #now(): number {
    return secondsOf(this.parts.clock) + Math.max(0, this.parts.aheadSeconds());
  }
}

/** Named after its node: a place has one of each. */
export const announcementItem = (item: Item, node: string, iat: number): VerifiedItem => ({
  item,
  id: new Key(decodeBase64url(node)!),
  iat,
  exp: iat + limits.announcementSeconds,
});

const refusedFor = (code: ErrorCode): Verdict => ({ ok: false, code });
