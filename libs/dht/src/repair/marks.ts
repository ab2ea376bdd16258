/**
 * What two siblings compare (spec/dht.md, "Sibling repair"): marks in the order of their ids, then of the kinds of their
 * places; one hash over all of them, and pages that say of which ids they have all.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeUtf8 } from '@holdfast/protocol';
import { compareDistance, Key, keyBytes } from '../keys/key.js';
import { placeName } from '../keys/place.js';
import type { ItemMark } from '../messages/message.js';

const zero = new Key(new Uint8Array(keyBytes));
const domain = encodeUtf8('holdfast-digest-1');

/** As numbers of 256 bits. */
export const compareKeys = (a: Key, b: Key): number => compareDistance(zero, a, b);

/** One id lies at several places, which differ in kind; that more than one of a kind sorts somehow does not matter. */
export const compareMarks = (a: ItemMark, b: ItemMark): number =>
  compareKeys(a.id, b.id) || compareText(placeName(a.place), placeName(b.place));

/** SHA-256("holdfast-digest-1" || (id (32) || place's name in ASCII || 0)...), the marks in their order. */
export function digestOf(marks: readonly ItemMark[]): Key {
  const hash = sha256.create().update(domain);
  for (const { id, place } of marks) hash.update(id.bytes).update(encodeUtf8(`${placeName(place)}\0`));
  return new Key(hash.digest());
}

/** Of the ids after `after` and up to `upTo`, all; no bound when missing. */
export interface MarksRange {
  readonly after?: Key;
  readonly upTo?: Key;
}

export const isInRange = ({ id }: ItemMark, { after, upTo }: MarksRange): boolean =>
  (after === undefined || compareKeys(id, after) > 0) && (upTo === undefined || compareKeys(id, upTo) <= 0);

export const isPage = (marks: readonly ItemMark[], range: MarksRange): boolean =>
  marks.every(
    (mark, at) => isInRange(mark, range) && (at === 0 || compareKeys(marks[at - 1]!.id, mark.id) <= 0),
  );

export interface MarksPage<Mark extends ItemMark = ItemMark> extends MarksRange {
  readonly marks: readonly Mark[];
}

/** The page that begins after that id, with at most so many marks; those of one id stay together. */
export function pageOf<Mark extends ItemMark>(
  all: readonly Mark[],
  after: Key | undefined,
  max: number,
): MarksPage<Mark> {
  const rest = after === undefined ? all : all.filter((mark) => isInRange(mark, { after }));
  const bound = after === undefined ? {} : { after };
  if (rest.length <= max) return { ...bound, marks: rest };
  let end = max;
  while (end > 1 && rest[end - 1]!.id.equals(rest[end]!.id)) end--;
  return { ...bound, upTo: rest[end - 1]!.id, marks: rest.slice(0, end) };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
