/**
 * What nodes say to each other (spec/dht.md, "Messages"), as objects: the codec turns them into bytes and back, a
 * simulation hands them over as they are. Requests carry a number of their sender's choice, answers repeat it.
 */
import type { FollowFilter } from '@holdfast/protocol';
import type { Contact } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';

/** A contact in a list, and whether its teller has a direct link to it, through which it can be reached as well. */
export interface ToldContact extends Contact {
  readonly linked?: boolean;
}

/** A record (compact JWS) or an announcement, as it travels: nobody believes it before it is verified. */
export type Item = string;

/** Tells one item from another without its bytes, and which of two revisions is the later one. */
export interface ItemMark {
  readonly place: Place;
  /** The record's id. */
  readonly id: Key;
  /** NumericDate, whole seconds. */
  readonly iat: number;
}

/** An item that a sibling lacks, and for how long it may still be kept if nobody reads it. */
export interface LackedItem {
  readonly place: Place;
  readonly item: Item;
  readonly leftSeconds: number;
}

/** What a flood looks for: what is at a place, or records that match a filter. */
export type Question = { readonly place: Place } | { readonly filter: FollowFilter; readonly limit: number };

/** What `deliver` carries from client to client; the core does not look inside. */
export type Purpose = 'signal' | 'crate' | 'receipt';

export type Request =
  | { readonly kind: 'ping'; readonly n: number }
  /** The closest contacts to a target, and with `place` what is held there. */
  | { readonly kind: 'find'; readonly n: number; readonly target: Key; readonly place?: Place }
  /** `cached`: not one of the closest, a copy on the way. */
  | {
      readonly kind: 'store';
      readonly n: number;
      readonly place: Place;
      readonly ring: number;
      readonly items: readonly Item[];
      readonly cached: boolean;
      /** How long they may still be kept if nobody reads them, so that copying is no reading; the whole TTL when missing. */
      readonly leftSeconds?: number;
    }
  /** Sibling repair: everything that both should hold, as one hash over the marks in their order. */
  | { readonly kind: 'digest'; readonly n: number; readonly hash: Key; readonly count: number }
  /** When the hashes differ: all marks with ids after `after` and up to `upTo`, ascending by id; no bound when missing. */
  | {
      readonly kind: 'marks';
      readonly n: number;
      readonly marks: readonly ItemMark[];
      readonly after?: Key;
      readonly upTo?: Key;
    }
  | {
      readonly kind: 'flood';
      readonly n: number;
      /** Random: whoever has seen it does not pass it on again. */
      readonly flood: Key;
      readonly question: Question;
      /** How many messages it may still cause, this one not counted. */
      readonly budget: number;
      /** How many hops it may still go. */
      readonly depth: number;
    }
  | { readonly kind: 'deliver'; readonly n: number; readonly purpose: Purpose; readonly bytes: Uint8Array };

export type Answer =
  | { readonly kind: 'pong'; readonly n: number }
  | {
      readonly kind: 'found';
      readonly n: number;
      readonly contacts: readonly ToldContact[];
      readonly items: readonly Item[];
    }
  | { readonly kind: 'stored'; readonly n: number }
  /** Whether the hash is the answerer's own. */
  | { readonly kind: 'same'; readonly n: number; readonly same: boolean }
  /** Of the marks: what the answerer lacks, and items that the asker lacks, the lowest ids first. */
  | {
      readonly kind: 'lacking';
      readonly n: number;
      readonly wanted: readonly Key[];
      readonly items: readonly LackedItem[];
    }
  | { readonly kind: 'flooded'; readonly n: number; readonly items: readonly Item[] }
  | { readonly kind: 'delivered'; readonly n: number }
  | { readonly kind: 'refused'; readonly n: number; readonly code: RefusalCode };

/** `busy`: over a limit of the answerer; `full`; `observer`: does not serve; `invalid`; `unwanted`: nobody takes it here. */
export type RefusalCode = 'busy' | 'full' | 'observer' | 'invalid' | 'unwanted';

export type Message = Request | Answer;
export type MessageKind = Message['kind'];

export const requestKinds = ['ping', 'find', 'store', 'digest', 'marks', 'flood', 'deliver'] as const;

const requests: ReadonlySet<string> = new Set(requestKinds);
export const isRequest = (message: Message): message is Request => requests.has(message.kind);
