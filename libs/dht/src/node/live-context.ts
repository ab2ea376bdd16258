/**
 * What the parts of one node share: the time of the call, the effects it leaves behind, the requests and verifications
 * that wait, and the account of how contacts behave.
 */
import type { Contact, Role, Sender } from '../contacts/contact.js';
import type { DhtSettings } from '../limits.js';
import type { Answer, Item, Message, Question } from '../messages/message.js';
import { Conduct } from './conduct.js';
import type { NodeContext, RequestDraft, Timer } from './context.js';
import { Lateness } from './lateness.js';
import type { Effect, Misbehaviour, Verdict } from './effect.js';
import { Requests, type Respondents, type Settled } from './requests.js';
import { Timers } from './timers.js';
import { Verifications } from './verifications.js';

export class LiveContext implements NodeContext {
  readonly timers = new Timers();
  readonly conduct = new Conduct();
  readonly #lateness = new Lateness();
  readonly requests: Requests;
  readonly verifications: Verifications;
  nowMs: number;
  role: Role;
  sent = 0;
  #effects: Effect[] = [];

  constructor(
    readonly self: Contact,
    role: Role,
    readonly settings: DhtSettings,
    nowMs: number,
    readonly random: () => number,
    respondents: Respondents,
    private readonly left: (contact: Contact) => void,
  ) {
    this.role = role;
    this.nowMs = nowMs;
    this.requests = new Requests(
      this.timers,
      respondents,
      (to, message) => this.#send(to, message),
      () => this.nowMs,
    );
    this.verifications = new Verifications(
      (effect) => this.#effects.push(effect),
      (from) => this.misbehaved(from, 'forged-item'),
    );
  }

  takeEffects(): Effect[] {
    if (this.#effects.length === 0) return none;
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  effect(effect: Effect): void {
    this.#effects.push(effect);
  }

  ask(to: Contact, request: RequestDraft, settled: Settled, withinMs?: number, sendings?: number): void {
    const hasLeft = this.conduct.hasLeft(to.id, this.nowMs);
    this.requests.ask(this.nowMs, to, request, settled, withinMs, hasLeft, sendings);
  }

  reply(to: Sender, answer: Answer): void {
    this.#send(to, answer);
  }

  verify(item: Item, belongs: Question, from: Sender, settled: (verdict: Verdict) => void): void {
    this.verifications.ask(item, belongs, from, settled);
  }

  misbehaved(contact: Contact, what: Misbehaviour): void {
    const left = this.conduct.count(contact, what, this.nowMs);
    this.#effects.push({ do: 'misbehaved', contact, what, left });
    if (left) this.left(contact);
  }

  late(contact: Contact): void {
    if (this.#lateness.isItsOwn(contact, this.nowMs)) this.misbehaved(contact, 'slow');
  }

  after(delayMs: number, call: () => void): Timer {
    return this.timers.after(this.nowMs, delayMs, call);
  }

  #send(to: Contact, message: Message): void {
    this.sent++;
    this.#effects.push({ do: 'send', to, message });
  }
}

/** Shared by the many calls that leave nothing behind. */
const none: Effect[] = [];
