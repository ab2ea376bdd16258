/** The numbers and sizes of messages on the wire (spec/dht.md, "Messages"). */
import type { MessageKind, Purpose, RefusalCode } from './message.js';

export const messageVersion = 1;

/** In the order of their numbers. */
export const kinds: readonly MessageKind[] = [
  'ping',
  'pong',
  'find',
  'found',
  'store',
  'stored',
  'digest',
  'same',
  'marks',
  'lacking',
  'flood',
  'flooded',
  'deliver',
  'delivered',
  'refused',
];
export const purposes: readonly Purpose[] = ['signal', 'crate', 'receipt'];
export const refusalCodes: readonly RefusalCode[] = ['busy', 'full', 'observer', 'invalid', 'unwanted'];

/** Version, kind, number. */
export const headBytes = 6;
export const placeBytes = 33;
export const timeBytes = 6;
export const itemLengthBytes = 3;
/** For how many seconds an item may still be kept. */
export const leftBytes = 4;

/** What of a filter is there, as bits of its first byte; `historyTrue` only beside `history`. */
export const filterBits = {
  author: 1,
  collection: 2,
  key: 4,
  topic: 8,
  since: 16,
  until: 32,
  history: 64,
  historyTrue: 128,
} as const;

/** The highest bit beside the number of a contact's archive: there is a direct link to it. */
export const linkedBit = 128;

/** Which bounds a page of marks has. */
export const rangeBits = { after: 1, upTo: 2 } as const;
