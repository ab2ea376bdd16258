/**
 * The requests that wait for their answers: numbered, bounded, and each settled once - by the answer of the one that was
 * asked, by `gone`, or by its time-out. What nobody waits for is told apart: late, or never asked for.
 */
import type { Contact, Sender } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import type { Answer, Message } from '../messages/message.js';
import type { NoAnswer, RequestDraft } from './context.js';
import { Deadline, type Timers } from './timers.js';

export type Settled = (answer: Answer | NoAnswer) => void;

/** What the node learns of contacts from their answers, or from none. */
export interface Respondents {
  timeoutMs(contact: Contact): number;
  /** @param tookMs undefined when the answer had to wait for others */
  answered(from: Sender, tookMs: number | undefined): void;
  unanswered(contact: Contact, why: NoAnswer): void;
  late(from: Sender, tookMs: number): void;
  unasked(from: Sender): void;
}

interface Late {
  readonly n: number;
  readonly of: Key;
  readonly askedMs: number;
}

/** So many time-outs are remembered, to know an answer that was asked for and comes late. */
const lateMax = 32;

export class Requests {
  readonly #open = new Map<number, Pending>();
  #late: Late[] | undefined;
  #asked = 0;

  constructor(
    private readonly timers: Timers,
    private readonly respondents: Respondents,
    private readonly send: (to: Contact, message: Message) => void,
  ) {}

  get open(): number {
    return this.#open.size;
  }

  ask(
    nowMs: number,
    to: Contact,
    request: RequestDraft,
    settled: Settled,
    withinMs: number | undefined,
    isLeft: boolean,
  ): void {
    const n = ++this.#asked;
    const pending = new Pending(n, to, nowMs, withinMs !== undefined, settled, this);
    if (isLeft || this.#open.size >= dhtLimits.requestsOpenMax) {
      this.timers.plan(pending, nowMs);
      return;
    }
    this.#open.set(n, pending);
    this.timers.plan(pending, nowMs + (withinMs ?? this.respondents.timeoutMs(to)));
    this.send(to, { ...request, n });
  }

  answered(from: Sender, answer: Answer, nowMs: number): void {
    const pending = this.#open.get(answer.n);
    if (pending === undefined || !pending.to.id.equals(from.id)) {
      this.#unawaited(from, answer.n, nowMs);
      return;
    }
    this.#open.delete(answer.n);
    pending.cancel();
    this.respondents.answered(from, pending.waitsForOthers ? undefined : nowMs - pending.askedMs);
    pending.settled(answer);
  }

  gone(id: Key): void {
    let gone: Pending[] | undefined;
    for (const pending of this.#open.values()) {
      if (pending.to.id.equals(id)) (gone ??= []).push(pending);
    }
    if (gone === undefined) return;
    for (const pending of gone) this.#end(pending, 'gone');
  }

  timedOut(pending: Pending): void {
    const wasSent = this.#open.has(pending.n);
    if (wasSent) {
      const late = (this.#late ??= []);
      if (late.length >= lateMax) late.shift();
      late.push({ n: pending.n, of: pending.to.id, askedMs: pending.askedMs });
    }
    if (wasSent) this.#end(pending, 'silent');
    else pending.settled('silent');
  }

  #end(pending: Pending, why: NoAnswer): void {
    if (!this.#open.delete(pending.n)) return;
    pending.cancel();
    this.respondents.unanswered(pending.to, why);
    pending.settled(why);
  }

  #unawaited(from: Sender, n: number, nowMs: number): void {
    const place = this.#late?.findIndex((late) => late.n === n && late.of.equals(from.id)) ?? -1;
    if (place === -1) {
      this.respondents.unasked(from);
      return;
    }
    const [late] = this.#late!.splice(place, 1);
    this.respondents.late(from, nowMs - late!.askedMs);
  }
}

class Pending extends Deadline {
  constructor(
    readonly n: number,
    readonly to: Contact,
    readonly askedMs: number,
    readonly waitsForOthers: boolean,
    readonly settled: Settled,
    private readonly requests: Requests,
  ) {
    super();
  }

  override reached(): void {
    this.requests.timedOut(this);
  }
}
