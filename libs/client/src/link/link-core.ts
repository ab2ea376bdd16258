/**
 * The link to one archive without its socket: connection states, backoff, heartbeat, numbering and correlation of
 * requests. It does no IO: events and the time come in as arguments, what is to be done comes out of `takeEffects()`.
 * Every request that was taken is answered or fails exactly once. Requests are idempotent on the wire, so those that
 * were unanswered when a connection broke are sent again on the next; streams end with their connection.
 */
import {
  parseAnswer,
  readScope,
  type Answer,
  type ErrorCode,
  type ErrorData,
  type Request,
} from '@holdfast/protocol/core';
import { limits } from '../limits.js';
import { knownCode, quotaOf } from './answer-codes.js';
import { backoffMs } from './backoff.js';
import type { BinaryAnswer, LinkAnswer, LinkEffect, LinkState } from './link-state.js';
import { PendingRequests, type PendingRequest } from './pending-requests.js';
import type { SocketMessage } from './socket.js';

export type RequestFrame = Request extends infer Each
  ? Each extends Request
    ? Omit<Each, 'n'>
    : never
  : never;

export interface LinkSettings {
  readonly expectedArchive: string | undefined;
  readonly requestTimeoutMs: number;
  readonly patienceMs: number;
}

export class LinkCore {
  #state: LinkState = { name: 'connecting' };
  #effects: LinkEffect[] = [];
  #pending = new PendingRequests();
  #lastNumber = 0;
  #sessions = 0;
  #failures = 0;
  #attemptedAt = Infinity;
  #openedAt = 0;
  #heardAt = 0;
  #probedAt: number | undefined;

  constructor(
    private readonly settings: LinkSettings,
    private readonly random: () => number,
  ) {}

  get state(): LinkState {
    return this.#state;
  }

  takeEffects(): LinkEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  start(now: number): void {
    if (this.#state.name !== 'closed') this.#connect(now);
  }

  /** Sends a request that has one answer, now or when the link is open. Answers its number. */
  request(frame: RequestFrame, now: number, isImpatient = false): number {
    const { patienceMs, requestTimeoutMs } = this.settings;
    const giveUpAt = now + patienceMs + requestTimeoutMs;
    const request = this.#number(frame, 'single', { deadline: now + patienceMs, giveUpAt, isImpatient });
    if (this.#state.name === 'closed') this.#fail(request.n, this.#state.code, this.#state.detail);
    else if (!this.#pending.add(request)) {
      this.#fail(request.n, 'too-many-in-flight', 'Too many requests wait for this archive.');
    } else if (this.#state.name === 'waiting') this.#hasten(now);
    else this.#flush(now);
    return request.n;
  }

  /** Opens a stream (follow, collect) on the connection that is open now; `session` names the one that is meant. */
  openStream(frame: RequestFrame, session: number, now: number): number {
    const request = this.#number(frame, 'stream', { deadline: Infinity, giveUpAt: Infinity });
    if (this.#state.name !== 'open' || this.#state.session !== session) {
      this.#fail(request.n, 'archive-unreachable', 'The connection has ended.');
    } else if (this.#pending.add(request)) this.#flush(now);
    else this.#fail(request.n, 'too-many-in-flight', 'Too many requests wait for this archive.');
    return request.n;
  }

  /** Nobody waits for this number any more; a stream is ended at the archive too. */
  cancel(n: number, now: number): void {
    const request = this.#pending.remove(n);
    if (request?.kind === 'stream' && request.sent && this.#state.name === 'open') {
      this.#send({ op: 'cancel', n: ++this.#lastNumber, target: n });
    }
    this.#flush(now);
  }

  received(message: SocketMessage, now: number): void {
    if (this.#state.name !== 'connecting' && this.#state.name !== 'open') return;
    if (message.length > limits.answerSizeBytesMax) {
      return this.#break(now, 'answer-invalid', 'The archive sent a frame that is too long.');
    }
    const parsed = typeof message === 'string' ? parseAnswer(message) : binaryAnswer(message);
    if (!parsed.ok) return this.#break(now, parsed.code, parsed.detail);
    const answer = parsed.value;
    this.#heardAt = now;
    this.#probedAt = undefined;
    if (answer.op === 'hello') return this.#greeted(answer, now);
    if (this.#state.name === 'connecting') {
      if (answer.op !== 'error') return this.#break(now, 'answer-invalid', 'The archive did not say hello.');
      return this.#break(now, knownCode(answer.code), answer.detail);
    }
    this.#failures = 0;
    if (answer.n === undefined) {
      if (answer.op === 'error') this.#problem(knownCode(answer.code), answer.detail);
      return;
    }
    this.#answered(answer.n, answer);
    this.#flush(now);
  }

  /** The socket has ended, or could not be opened. */
  lost(detail: string, now: number): void {
    if (this.#state.name !== 'connecting' && this.#state.name !== 'open') return;
    this.#wait(now, 'archive-unreachable', detail);
  }

  /** The machine woke up or came online: a waiting link is tried now, an open one is probed. */
  wake(now: number): void {
    if (this.#state.name === 'waiting') this.#connect(now);
    else if (this.#state.name === 'open' && this.#probedAt === undefined) this.#probe(now);
  }

  advance(now: number): void {
    for (const request of this.#pending.due(now)) {
      this.#pending.remove(request.n);
      if (request.sent) this.#fail(request.n, 'request-timeout', 'The archive did not answer in time.');
      else this.#fail(request.n, 'archive-unreachable', this.#whyNotOpen());
    }
    if (this.#state.name === 'waiting' && now >= this.#state.nextAttemptAt) this.#connect(now);
    else if (this.#state.name === 'connecting' && now >= this.#attemptedAt + limits.connectTimeoutMs) {
      this.#break(now, 'archive-unreachable', 'The archive did not say hello in time.');
    } else if (this.#state.name === 'open') {
      if (this.#probedAt !== undefined) {
        if (now >= this.#probedAt + limits.heartbeatTimeoutMs) {
          this.#break(now, 'archive-unreachable', 'The connection went silent.');
        }
      } else if (now >= this.#heardAt + limits.heartbeatIdleMs) this.#probe(now);
    }
    this.#flush(now);
  }

  /** When `advance` has something to do next; undefined for never. */
  nextDeadline(): number | undefined {
    const deadline = Math.min(this.#stateDeadline(), this.#pending.earliestDeadline());
    return deadline === Infinity ? undefined : deadline;
  }

  close(code: ErrorCode, detail: string): void {
    if (this.#state.name === 'closed') return;
    const connected = this.#state.name !== 'waiting';
    this.#enter({ name: 'closed', code, detail });
    if (connected) this.#effects.push({ do: 'disconnect' });
    for (const request of this.#pending.removeAll()) this.#fail(request.n, code, detail);
  }

  #stateDeadline(): number {
    switch (this.#state.name) {
      case 'waiting':
        return this.#state.nextAttemptAt;
      case 'connecting':
        return this.#attemptedAt + limits.connectTimeoutMs;
      case 'open':
        return this.#probedAt === undefined
          ? this.#heardAt + limits.heartbeatIdleMs
          : this.#probedAt + limits.heartbeatTimeoutMs;
      case 'closed':
        return Infinity;
    }
  }

  #greeted(hello: Extract<Answer, { op: 'hello' }>, now: number): void {
    if (this.#state.name === 'open')
      return this.#break(now, 'answer-invalid', 'The archive said hello twice.');
    const { expectedArchive } = this.settings;
    if (expectedArchive !== undefined && hello.archive !== expectedArchive) {
      return this.close(
        'archive-foreign',
        `The archive here is ${hello.archive}, expected was ${expectedArchive}.`,
      );
    }
    this.#openedAt = now;
    this.#enter({
      name: 'open',
      archive: hello.archive,
      version: hello.version,
      challenge: hello.challenge,
      aheadSeconds: Math.round(hello.time - now / 1000),
      scope: readScope(hello.scope),
      horizon: hello.horizon,
      session: ++this.#sessions,
    });
    this.#flush(now);
  }

  #answered(n: number, answer: LinkAnswer): void {
    const request = this.#pending.get(n);
    if (request === undefined) return;
    if (request.kind === 'single' || answer.op === 'error' || answer.op === 'ended') this.#pending.remove(n);
    else this.#pending.streams(request);
    if (answer.op === 'error') this.#fail(n, knownCode(answer.code), answer.detail, quotaOf(answer));
    else this.#effects.push({ do: 'answer', n, answer });
  }

  #connect(now: number): void {
    this.#attemptedAt = now;
    this.#enter({ name: 'connecting' });
    this.#effects.push({ do: 'connect' });
  }

  /** Somebody wants something: the next attempt is made sooner, within reason. */
  #hasten(now: number): void {
    if (this.#state.name !== 'waiting') return;
    const sooner = Math.max(now, this.#attemptedAt + limits.attemptEveryMs);
    if (sooner < this.#state.nextAttemptAt) this.#enter({ ...this.#state, nextAttemptAt: sooner });
  }

  #break(now: number, code: ErrorCode, detail: string): void {
    this.#effects.push({ do: 'disconnect' });
    if (code === 'answer-invalid') this.#problem(code, detail);
    this.#wait(now, code, detail);
  }

  #wait(now: number, code: ErrorCode, detail: string): void {
    if (this.#state.name === 'open' && now >= this.#openedAt + limits.stableAfterMs) this.#failures = 0;
    this.#failures++;
    this.#probedAt = undefined;
    const delay = backoffMs(this.#failures, this.random(), {
      baseMs: limits.backoffBaseMs,
      maxMs: limits.backoffMaxMs,
    });
    this.#enter({ name: 'waiting', nextAttemptAt: now + delay, code, detail });
    for (const { n } of this.#pending.connectionLost(now + this.settings.patienceMs)) {
      this.#fail(n, 'archive-unreachable', detail);
    }
    if (this.#pending.size > 0) this.#hasten(now);
  }

  /** The wire has no ping: cancelling a request that does not exist, itself, is the cheapest thing that is answered. */
  #probe(now: number): void {
    this.#probedAt = now;
    const n = ++this.#lastNumber;
    this.#send({ op: 'cancel', n, target: n });
  }

  #flush(now: number): void {
    if (this.#state.name !== 'open') return;
    for (const request of this.#pending.takeUnsent(
      limits.inFlightMax,
      now + this.settings.requestTimeoutMs,
    )) {
      this.#effects.push({ do: 'send', text: request.text });
    }
  }

  #number(
    frame: RequestFrame,
    kind: PendingRequest['kind'],
    waits: Pick<PendingRequest, 'deadline' | 'giveUpAt' | 'isImpatient'>,
  ): PendingRequest {
    const n = ++this.#lastNumber;
    return { n, text: JSON.stringify({ ...frame, n }), kind, sent: false, ...waits };
  }

  #whyNotOpen(): string {
    return this.#state.name === 'waiting' ? this.#state.detail : 'The archive could not be reached in time.';
  }

  #send(frame: Request): void {
    this.#effects.push({ do: 'send', text: JSON.stringify(frame) });
  }

  #fail(n: number, code: ErrorCode, detail: string, data?: ErrorData): void {
    this.#effects.push({ do: 'fail', n, code, detail, ...(data === undefined ? {} : { data }) });
  }

  #problem(code: ErrorCode, detail: string): void {
    this.#effects.push({ do: 'problem', code, detail });
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.#effects.push({ do: 'state', state });
  }
}

/** The number stands behind the first byte (spec/relay.md, "Frames"); the rest is read by whoever waits for it. */
const binaryAnswer = (message: Uint8Array<ArrayBuffer>): { ok: true; value: BinaryAnswer } => ({
  ok: true,
  value: { op: 'binary', n: message.subarray(1, 5).reduce((n, byte) => n * 256 + byte, 0), message },
});
