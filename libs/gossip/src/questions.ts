/**
 * Questions to the other side, numbered, and their answers (spec/gossip.md, "Questions"). No more are open than the
 * other side takes; the others wait here. One that is not answered in time ends the link.
 */
import { HoldfastError, isErrorCode, valueOf } from '@holdfast/protocol';
import { frameOfQuestion, parseAnswered, type Answered, type Asked, type QuestionName } from './frames.js';
import { type Life, LinkOver } from './life.js';
import { gossipLimits } from './limits.js';
import type { Wire } from './wire.js';

interface OpenQuestion {
  readonly name: QuestionName;
  readonly askedMs: number;
  resolve(body: unknown): void;
  reject(error: unknown): void;
  takeBack(): void;
}

const polls: ReadonlySet<QuestionName> = new Set(['news', 'departures']);

export class Questions {
  lastHeardMs: number;
  readonly #open = new Map<number, OpenQuestion>();
  readonly #waiting: (() => void)[] = [];
  #asked = 0;
  #number = 0;

  constructor(
    private readonly wire: Wire,
    private readonly life: Life,
  ) {
    this.lastHeardMs = life.surroundings.nowMs();
  }

  /** @throws HoldfastError what the other side answered instead */
  async ask<Name extends QuestionName>(name: Name, asked: Asked<Name>): Promise<Answered<Name>> {
    this.life.check();
    if (this.#asked >= gossipLimits.questionsOpenMax) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#asked++;
    try {
      this.life.check();
      return valueOf(parseAnswered(name, await this.#answerTo(name, asked)));
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#asked--;
      else next();
    }
  }

  /** Until the other side, which may have too much to do just now, has answered. */
  askPatiently<Name extends QuestionName>(name: Name, asked: Asked<Name>): Promise<Answered<Name>> {
    return this.life.persist(() => this.ask(name, asked), isPassing);
  }

  answered(number: number, body: unknown): void {
    this.#take(number).resolve(body);
  }

  refused(number: number, code: string, detail: string): void {
    const said = `The peer answered: ${detail}`;
    // A code of a later version is an error like any other that may pass.
    this.#take(number).reject(
      new HoldfastError(isErrorCode(code) ? code : 'unavailable', said, { said: true }),
    );
  }

  /** Nobody waits for an answer any more. */
  close(): void {
    for (const question of this.#open.values()) question.reject(new LinkOver());
    this.#open.clear();
    for (const go of this.#waiting.splice(0)) go();
  }

  #answerTo<Name extends QuestionName>(name: Name, asked: Asked<Name>): Promise<unknown> {
    const number = ++this.#number;
    const answer = new Promise((resolve, reject) => {
      const question: OpenQuestion = {
        name,
        askedMs: this.life.surroundings.nowMs(),
        resolve,
        reject,
        takeBack: () => undefined,
      };
      this.#open.set(number, question);
      this.#expect(question);
    });
    void this.wire.send(frameOfQuestion(name, number, asked));
    return answer;
  }

  /** A long frame on a slow line may stand before the answer: what else is heard counts as a sign of life, for a while. */
  #expect(question: OpenQuestion): void {
    const pollMs = polls.has(question.name) ? gossipLimits.longPollMsMax : 0;
    const dueMs = Math.min(
      Math.max(question.askedMs + pollMs, this.lastHeardMs) + gossipLimits.answerMsMax,
      question.askedMs + pollMs + gossipLimits.answerInAllMsMax,
    );
    const nowMs = this.life.surroundings.nowMs();
    if (dueMs <= nowMs) {
      const detail = `The peer has not answered "${question.name}" in time: the link was closed.`;
      this.life.fail(new HoldfastError('request-timeout', detail));
    } else {
      question.takeBack = this.life.deadlines.after(dueMs - nowMs, () => this.#expect(question));
    }
  }

  #take(number: number): OpenQuestion {
    const question = this.#open.get(number);
    if (question === undefined) {
      throw new HoldfastError('peer-misbehaved', `An answer ${number} came to no question.`);
    }
    this.#open.delete(number);
    question.takeBack();
    return question;
  }
}

const passing: ReadonlySet<string> = new Set([
  'overloaded',
  'unavailable',
  'internal-error',
  'query-timeout',
  'quota-exceeded',
]);

/** Whether the other side said that it may do later what it cannot do now. */
export const isPassing = (error: unknown): boolean => wasSaid(error) && passing.has(error.code);

/** Whether an error is an answer of the other side, and not a finding of this one. */
export const wasSaid = (error: unknown): error is HoldfastError =>
  error instanceof HoldfastError && error.data['said'] === true;
