/**
 * The core as its users see it: `DhtNode` is this, in a client and in a simulation alike. It does no IO and knows no
 * clock: every call brings the time along (`nowMs`, which never goes back), every call may leave effects behind, and
 * `nextDeadline` says when `advance` has something to do.
 */
import type { Contact, Role, Sender } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import type { Message, Purpose, Question, RefusalCode } from '../messages/message.js';
import type { DhtSettings } from '../limits.js';
import type { Effect, Verdict, VerifiedItem } from './effect.js';

export interface DhtNodeInit {
  readonly self: Contact;
  readonly role: Role;
  /** 0 <= it < 1 */
  readonly random: () => number;
  readonly nowMs: number;
  /** What is not given is as in `dhtSettings`. */
  readonly settings?: Partial<DhtSettings>;
}

export interface Dht {
  readonly self: Contact;
  readonly role: Role;
  /** When `advance` is to be called, as `nowMs`; undefined for never. */
  readonly nextDeadline: number | undefined;
  readonly status: DhtStatus;

  /** The effects since the last call, in their order. */
  takeEffects(): Effect[];
  advance(nowMs: number): void;
  received(from: Sender, message: Message, nowMs: number): void;
  /** Something has come that is no message, and who has sent it is certain. */
  unreadable(from: Sender, nowMs: number): void;
  /** What a `verify` asked for. */
  verified(check: number, verdict: Verdict, nowMs: number): void;
  /**
   * A contact cannot be reached: an archive said GONE, a link broke, no path is left.
   *
   * @param archive  through which it could not be: whoever names a node beside another archive than its own does not take
   *   it from anybody who knows it; when missing, whatever the archive
   */
  gone(id: Key, nowMs: number, archive?: string): void;
  /** Contacts to begin with: told by an archive (`hint`) or kept from before. They are believed when they answer. */
  learn(contacts: readonly Contact[], why: 'hint' | 'kept', nowMs: number): void;
  /** What a `hint` asked for: one of the disjoint paths begins with it, never more than one. */
  hinted(search: number, target: Key, contacts: readonly Contact[], nowMs: number): void;
  /** There is a direct link to this contact, or no longer. */
  linked(id: Key, isLinked: boolean, nowMs: number): void;
  /** An archive relays for this node, or none does any more: it does at the beginning. */
  relayed(isRelayed: boolean, nowMs: number): void;
  setRole(role: Role, nowMs: number): void;

  /** Looks in the own store, ring 0, ring 1 and by flood, hedged; answers the search's number. */
  search(question: Question, options: SearchOptions, nowMs: number): number;
  /** Nothing more is said of it. */
  cancel(search: number): void;
  /** Brings a verified item to the closest of every ring, and keeps it fresh there for as long as it is pinned here. */
  store(place: Place, item: VerifiedItem, options: { readonly pinned: boolean }, nowMs: number): number;
  /**
   * Keeps an item that was read, and answers for it, though no ring makes this node responsible. A record that has just
   * been looked for and that no ring had, or that is being looked for, is brought to who should have it.
   */
  keep(place: Place, item: VerifiedItem, nowMs: number): void;
  unpin(place: Place, id: Key, nowMs: number): void;
  /** Lets go of an item, pinned or not: its author has retracted it. */
  drop(place: Place, id: Key, nowMs: number): void;
  /** Answers the delivery's number. */
  deliver(to: Contact, purpose: Purpose, bytes: Uint8Array, nowMs: number): number;
  answerDelivery(from: Contact, n: number, refusal: RefusalCode | undefined, nowMs: number): void;
  /** The contacts that it would begin with next time, the longest known ones first. */
  contacts(max: number): Contact[];
}

export interface SearchOptions {
  /** All of them when missing. */
  readonly among?: readonly ('local' | 'rings' | 'flood')[];
}

export interface DhtStatus {
  /** In the table; they have answered. */
  readonly contacts: number;
  readonly siblings: number;
  readonly links: number;
  readonly held: {
    readonly items: number;
    readonly bytes: number;
    readonly pinned: number;
    readonly cached: number;
  };
  /** Since the beginning. */
  readonly sent: { readonly messages: number };
  readonly received: { readonly messages: number; readonly dropped: number };
  readonly misbehaved: number;
}
