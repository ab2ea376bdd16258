/**
 * What every part of a node (lookups, store, flood, repair, load) is given by `DhtNode`, so that the parts do not know
 * each other: who they are, the time of the call that is going on, and how to ask another node something.
 */
import type { Contact, Role, Sender } from '../contacts/contact.js';
import type { Answer, Item, Message, Question, Request } from '../messages/message.js';
import type { DhtSettings } from '../limits.js';
import type { Effect, Misbehaviour, Verdict } from './effect.js';

/** A request before it has its number. */
export type RequestDraft = Request extends infer Each
  ? Each extends Request
    ? Omit<Each, 'n'>
    : never
  : never;

/** Why there is no answer: the path said so at once, or nothing came in time. */
export type NoAnswer = 'gone' | 'silent';

export interface Timer {
  cancel(): void;
}

export interface NodeContext {
  readonly self: Contact;
  readonly role: Role;
  readonly settings: DhtSettings;
  /** Of the call that is going on. */
  readonly nowMs: number;
  /** 0 <= it < 1 */
  random(): number;
  effect(effect: Effect): void;
  /**
   * Called once, unless the node ends: with the answer (also `refused`), or with why there is none.
   *
   * @param withinMs  waited for instead of the contact's own time-out, and no sample of its round trips: for an answer
   *   that itself waits for others
   * @param sendings  how often it is sent within that time while there is no answer: whoever is asked may get all
   */
  ask(
    to: Contact,
    request: RequestDraft,
    settled: (answer: Answer | NoAnswer) => void,
    withinMs?: number,
    sendings?: number,
  ): void;
  reply(to: Sender, answer: Answer): void;
  /** Called once: perhaps within this very call. */
  verify(item: Item, belongs: Question, from: Sender, settled: (verdict: Verdict) => void): void;
  /** Counted, told as an effect, and held against the contact: who has done too much of it is left. */
  misbehaved(contact: Contact, what: Misbehaviour): void;
  after(delayMs: number, call: () => void): Timer;
}

/** A part that answers requests of some kinds. */
export type Handler<Kind extends Message['kind']> = (
  from: Sender,
  message: Extract<Message, { kind: Kind }>,
) => void;
