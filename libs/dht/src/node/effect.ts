/** What the core wants done. Whoever runs it carries the effects out in their order and brings the outcomes back. */
import type { ErrorCode } from '@holdfast/protocol';
import type { Contact, Sender } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { Item, Message, Purpose, Question } from '../messages/message.js';
import type { LinkReason } from '../paths/link-choice.js';

/** What verification found out about an item. */
export interface VerifiedItem {
  readonly item: Item;
  /** The record's id, or the node that is announced. */
  readonly id: Key;
  /** NumericDate, whole seconds. */
  readonly iat: number;
  readonly exp?: number;
  /** Missing for announcements. */
  readonly record?: RecordMembers;
}

/** By what a record is looked for and retracted. */
export interface RecordMembers {
  readonly author: string;
  readonly collection: string;
  readonly key?: string;
  readonly topics?: readonly string[];
  readonly refs?: readonly string[];
}

export type Verdict =
  { readonly ok: true; readonly item: VerifiedItem } | { readonly ok: false; readonly code: ErrorCode };

/** Where an answer came from. */
export type FoundIn =
  { readonly in: 'local' } | { readonly in: 'ring'; readonly ring: number } | { readonly in: 'flood' };

/** What a search has cost. */
export interface SearchCost {
  readonly messages: number;
  /** The longest chain of answers that led to the result. */
  readonly hops: number;
  readonly elapsedMs: number;
}

export type Effect =
  | { readonly do: 'send'; readonly to: Contact; readonly message: Message }
  /** Does the item verify, and does it belong at the place, or match the filter? Answered by `DhtNode.verified`. */
  | {
      readonly do: 'verify';
      readonly check: number;
      readonly item: Item;
      readonly belongs: Question;
      readonly from: Sender;
    }
  /** Which connected clients an archive knows near the target: answered by `Dht.hinted`, or never. */
  | { readonly do: 'hint'; readonly search: number; readonly target: Key }
  /** A search has begun to ask these. */
  | { readonly do: 'asks'; readonly search: number; readonly whom: 'rings' | 'flood' }
  /** A search has something new; `done` with the last of it. Nothing found is `done` with an empty list. */
  | {
      readonly do: 'found';
      readonly search: number;
      readonly items: readonly VerifiedItem[];
      readonly source: FoundIn | undefined;
      readonly done: boolean;
      readonly cost: SearchCost;
    }
  /** How many nodes said that they hold it, in every ring. */
  | { readonly do: 'stored'; readonly store: number; readonly copies: readonly number[] }
  /** For the application: answer with `DhtNode.answerDelivery`. */
  | {
      readonly do: 'deliver';
      readonly from: Sender;
      readonly n: number;
      readonly purpose: Purpose;
      readonly bytes: Uint8Array;
    }
  /** What became of a delivery of one's own. */
  | {
      readonly do: 'delivered';
      readonly delivery: number;
      readonly outcome: 'delivered' | 'refused' | 'gone' | 'silent';
    }
  /** A direct link to this contact would be worth having, or no longer is. */
  | { readonly do: 'link'; readonly to: Contact; readonly why: LinkReason }
  | { readonly do: 'unlink'; readonly to: Contact }
  /** Dropped and counted; `left`: nothing more is asked of it. */
  | {
      readonly do: 'misbehaved';
      readonly contact: Contact;
      readonly what: Misbehaviour;
      readonly left: boolean;
    };

export type Misbehaviour =
  | 'forged-item'
  | 'out-of-ring'
  | 'unasked-answer'
  | 'flood-excess'
  | 'too-many-requests'
  | 'slow'
  | 'invalid-message';
