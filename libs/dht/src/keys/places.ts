/**
 * At which places something is found (spec/dht.md, "Places and rings"). The key of a place follows from the names of the
 * thing, each with its length before it, so that no two lists of names give one key.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, decodeBase64urlOf, encodeUtf8, HoldfastError } from '@holdfast/protocol';
import { Key, keyBytes } from './key.js';
import type { Place } from './place.js';

/** @param id the record's, in base64url */
export const recordPlace = (id: string): Place => ({ kind: 'record', key: keyOf(id) });

/** The newest revision of what an author calls `key` in a collection. */
export const headPlace = (author: string, collection: string, key: string): Place => ({
  kind: 'head',
  key: named('holdfast-head-1', author, collection, key),
});

/** The newest records of an author's collection. */
export const feedPlace = (author: string, collection: string): Place => ({
  kind: 'feed',
  key: named('holdfast-feed-1', author, collection),
});

/**
 * Where a mailbox is announced by whoever collects from it, on one day: who does not know the mailbox cannot tell that
 * it is the same one on the next, nor announce anything there.
 * @param dayKey the public half of the mailbox's key of that day, in base64url
 */
export const mailboxPlace = (dayKey: string): Place => ({ kind: 'mailbox', key: keyOf(dayKey) });

/** @param now NumericDate, seconds */
export const dayOf = (now: number): number => Math.floor(now / 86_400);

/** All places of a record: where it is found by its id, as a revision, and among the newest of its collection. */
export function placesOf(record: PlacedRecord): Place[] {
  const places = [recordPlace(record.id), feedPlace(record.author, record.collection)];
  if (record.key !== undefined) places.push(headPlace(record.author, record.collection, record.key));
  return places;
}

export interface PlacedRecord {
  readonly id: string;
  readonly author: string;
  readonly collection: string;
  readonly key?: string;
}

function keyOf(text: string): Key {
  const bytes = decodeBase64urlOf(text, keyBytes);
  if (bytes === undefined) throw new HoldfastError('key-invalid', 'Not 32 bytes in base64url.');
  return new Key(bytes);
}

/** SHA-256(domain || (length (2) || UTF-8)...) */
function named(domain: string, ...names: readonly string[]): Key {
  const parts = [encodeUtf8(domain)];
  for (const name of names) {
    const bytes = encodeUtf8(name);
    if (bytes.length > 0xffff) throw new RangeError('A name has at most 65,535 bytes.');
    parts.push(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
  }
  return new Key(sha256(concatBytes(...parts)));
}
