/**
 * Answers what the node asks to have verified: is this a record that verifies, and does it belong at that place, or match
 * that filter (spec/dht.md, "Places and rings")? What passes here is what this client holds, answers with and hands out.
 */
import { Key, type Item, type Question, type Verdict, type VerifiedItem } from '@holdfast/dht';
import {
  decodeBase64url,
  matchesFilter,
  systemCollections,
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
}

export class ItemVerification {
  /** Of what has passed: an item that the node hands out again is not verified twice. */
  readonly #records = new WeakMap<VerifiedItem, HoldfastRecord>();
  /** By record, the latest ones last: whose retraction counts. */
  readonly #authors = new Map<string, string>();
  #underway = 0;

  constructor(private readonly parts: VerificationParts) {}

  async verify(item: Item, belongs: Question): Promise<Verdict> {
    if (this.#underway >= overlayLimits.checksMax) return refusedFor('quota-exceeded');
    this.#underway++;
    try {
      const verified = await verifyRecord(item, this.#now());
      if (!verified.ok) return refusedFor(verified.code);
      const record = verified.value;
      this.parts.retractions.learn(record);
      if (this.parts.retractions.has(record)) return refusedFor('record-retracted');
      const verdict = 'place' in belongs ? this.#atPlace(record, belongs) : this.#matching(record, belongs);
      if (verdict !== undefined) return refusedFor(verdict);
      this.#rememberAuthor(record);
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
    return item;
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
    return this.#authors.get(text) === record.author ? undefined : 'record-retracted';
  }

  #matching(
    record: HoldfastRecord,
    { filter }: Extract<Question, { filter: unknown }>,
  ): ErrorCode | undefined {
    return matchesFilter(filter, record) ? undefined : 'answer-invalid';
  }

  #rememberAuthor({ id, author }: HoldfastRecord): void {
    this.#authors.delete(id);
    this.#authors.set(id, author);
    for (const oldest of this.#authors.keys()) {
      if (this.#authors.size <= overlayLimits.authorsKnownMax) break;
      this.#authors.delete(oldest);
    }
  }

  /** A clock that is behind must not make new records look too new. */
  #now(): number {
    return secondsOf(this.parts.clock) + Math.max(0, this.parts.aheadSeconds());
  }
}

const refusedFor = (code: ErrorCode): Verdict => ({ ok: false, code });
