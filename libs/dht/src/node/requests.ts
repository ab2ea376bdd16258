/**
 * The requests that wait for their answers: numbered, bounded, and each settled once - by the answer of the one that was
 * asked, by `gone`, or by its time-out; some are sent more than once until then. What nobody waits for is told apart:
 * late, once more, or never asked for.
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
  /** @param tookMs undefined when the answer had to wait for others */
  late(from: Sender, tookMs: number | undefined): void;
  /** It had been called gone, or had answered what was sent to it twice. */
  answeredMore(from: Sender): void;
  unasked(from: Sender): void;
}

interface Late {
  readonly of: Key;
  readonly askedMs: number;
  readonly endedMs: number;
  readonly waitsForOthers: boolean;
  readonly why: NoAnswer | 'answered';
  /** How many answers may still come. */
  answers: number;
}

export class Requests {
  readonly #open = new Map<number, Pending>();
  /**
   * Given up or sent more than once, and perhaps answered yet: as many as can be given up at once, which are many when
   * the node has stood still.
   */
  #late: Map<number, Late> | undefined;
  #asked = 0;

  constructor(
    private readonly timers: Timers,
    private readonly respondents: Respondents,
    private readonly send: (to: Contact, message: Message) => void,
    private readonly nowMs: () => number,
  ) {}

  get open(): number {
    return this.#open.size;
  }

  /** @param sendings how often it is sent within its time, in which messages are lost without a word */
  ask(
    nowMs: number,
    to: Contact,
    request: RequestDraft,
    settled: Settled,
    withinMs: number | undefined,
    isLeft: boolean,
    sendings = 1,
  ): void {
    const n = ++this.#asked;
    const eachMs = (withinMs ?? this.respondents.timeoutMs(to)) / sendings;
    const again = sendings > 1 ? { message: { ...request, n }, eachMs, left: sendings - 1 } : undefined;
    const pending = new Pending(n, to, nowMs, withinMs !== undefined, settled, this, again);
    if (isLeft || this.#open.size >= dhtLimits.requestsOpenMax) {
      this.timers.plan(pending, nowMs);
      return;
    }
    this.#open.set(n, pending);
    this.timers.plan(pending, nowMs + eachMs);
    this.send(to, again?.message ?? { ...request, n });
  }

  answered(from: Sender, answer: Answer, nowMs: number): void {
    const pending = this.#open.get(answer.n);
    if (pending === undefined || !pending.to.id.equals(from.id)) {
      this.#unawaited(from, answer.n, nowMs);
      return;
    }
    this.#open.delete(answer.n);
    pending.cancel();
    if (pending.sent > 1) this.#remember(pending, 'answered', pending.sent - 1);
    this.respondents.answered(from, pending.waitsForOthers ? undefined : nowMs - pending.askedMs);
    pending.settled(answer);
  }

  gone(id: Key, archive: string | undefined): void {
    let gone: Pending[] | undefined;
    for (const pending of this.#open.values()) {
      const { to } = pending;
      if (to.id.equals(id) && (archive ?? to.archive) === to.archive) (gone ??= []).push(pending);
    }
    if (gone === undefined) return;
    for (const pending of gone) this.#end(pending, 'gone');
  }

  timedOut(pending: Pending): void {
    if (!this.#open.has(pending.n)) pending.settled('silent');
    else if ((pending.again?.left ?? 0) > 0) this.#sendAgain(pending, pending.again!);
    else this.#end(pending, 'silent');
  }

  #sendAgain(pending: Pending, again: Again): void {
    again.left--;
    pending.sent++;
    pending.isOver = false;
    this.timers.plan(pending, this.nowMs() + again.eachMs);
    this.send(pending.to, again.message);
  }

  #end(pending: Pending, why: NoAnswer): void {
    if (!this.#open.delete(pending.n)) return;
    pending.cancel();
    this.#remember(pending, why, pending.sent);
    this.respondents.unanswered(pending.to, why);
    pending.settled(why);
  }

  #remember({ n, to, askedMs, waitsForOthers }: Pending, why: Late['why'], answers: number): void {
    const endedMs = this.nowMs();
    const late = (this.#late ??= new Map<number, Late>());
    for (const [oldest, each] of late) {
      if (endedMs - each.endedMs < dhtLimits.lateMs && late.size < dhtLimits.requestsOpenMax) break;
      late.delete(oldest);
    }
    late.set(n, { of: to.id, askedMs, endedMs, waitsForOthers, why, answers });
  }

  #unawaited(from: Sender, n: number, nowMs: number): void {
    const late = this.#late?.get(n);
    if (late?.of.equals(from.id) !== true) {
      this.respondents.unasked(from);
      return;
    }
    if (--late.answers === 0) this.#late!.delete(n);
    if (late.why === 'silent') {
      this.respondents.late(from, late.waitsForOthers ? undefined : nowMs - late.askedMs);
    } else this.respondents.answeredMore(from);
  }
}

interface Again {
  readonly message: Message;
  readonly eachMs: number;
  left: number;
}

class Pending extends Deadline {
  sent = 1;

  constructor(
    readonly n: number,
    readonly to: Contact,
    readonly askedMs: number,
    readonly waitsForOthers: boolean,
    readonly settled: Settled,
    private readonly requests: Requests,
    readonly again: Again | undefined,
  ) {
    super();
  }

  override reached(): void {
    this.requests.timedOut(this);
  }
}
