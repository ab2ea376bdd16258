/**
 * What is true in a world: which records exist. The world answers every verification from here, and judges every answer
 * by it; no code under test sees it. Items are strings as long as records are, and each is kept once.
 */
import { Key, keyBytes, placeName, type Item, type Place, type Question, type Verdict } from '@holdfast/dht';
import { lognormal } from '../chance/distribution.js';
import type { Random } from '../chance/random.js';
import type { Client } from './client.js';

/** Hot: read at least twice an hour. Cold: hardly ever read. */
export type Popularity = 'hot' | 'warm' | 'cold' | 'unread';

export interface TrueRecord {
  readonly index: number;
  readonly id: Key;
  readonly place: Place;
  readonly item: Item;
  readonly iat: number;
  readonly popularity: Popularity;
  /** When it was given to the overlay. */
  publishedAtMs?: number;
  /** Whoever was sent it: one of them holds it, or nobody does. */
  readonly seenBy: Set<Client>;
}

const sizes = lognormal(1_200, 0.7);
const sizeMax = 16_384;

export class Truth {
  readonly records: TrueRecord[] = [];
  readonly #byItem = new Map<Item, TrueRecord>();

  constructor(readonly random: Random) {}

  /** @param iat NumericDate */
  makeRecord(popularity: Popularity, iat: number, id: Key = randomKey(this.random)): TrueRecord {
    const index = this.records.length;
    const size = Math.min(sizeMax, Math.ceil(sizes.quantile(this.random.next())));
    const item = `record.${index}.`.padEnd(size, 'A');
    const place = { kind: 'record', key: id } as const;
    const record = { index, id, place, item, iat, popularity, seenBy: new Set<Client>() };
    this.records.push(record);
    this.#byItem.set(item, record);
    return record;
  }

  recordOf(item: Item): TrueRecord | undefined {
    return this.#byItem.get(item);
  }

  verdictOn(item: Item, belongs: Question): Verdict {
    const record = this.#byItem.get(item);
    if (record === undefined) return { ok: false, code: 'record-signature-invalid' };
    if (!('place' in belongs) || placeName(belongs.place) !== placeName(record.place)) {
      return { ok: false, code: 'record-malformed' };
    }
    return { ok: true, item: { item, id: record.id, iat: record.iat } };
  }
}

export function randomKey(random: Random): Key {
  const bytes = new Uint8Array(keyBytes);
  const view = new DataView(bytes.buffer);
  for (let offset = 0; offset < keyBytes; offset += 4) view.setUint32(offset, random.word());
  return new Key(bytes);
}
