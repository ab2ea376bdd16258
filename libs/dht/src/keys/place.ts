/**
 * Where something can be found: a kind of thing and a key that follows from it. Every ring places it at another target,
 * so that whoever sits next to one of them does not sit next to the others (spec/dht.md, "Places and rings").
 */
import type { Key } from './key.js';

/**
 * `record`: one record by its id. `head`: the newest revision of (author, collection, key). `feed`: the newest records
 * of (author, collection). `mailbox`: who collects there at the moment.
 */
export type PlaceKind = 'record' | 'head' | 'feed' | 'mailbox';

/** In the order of their numbers on the wire and in what is hashed. */
export const placeKinds: readonly PlaceKind[] = ['record', 'head', 'feed', 'mailbox'];

export interface Place {
  readonly kind: PlaceKind;
  /** Before any salt. For a record its id. */
  readonly key: Key;
}

export const placeName = ({ kind, key }: Place): string => `${kind}/${key.text}`;
