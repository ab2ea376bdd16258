/**
 * The link to one archive: link-core.ts with a socket, a clock and promises. Answers that do not have the shape that
 * the request calls for are refused here, so that callers only see answers of the right kind.
 */
import { HoldfastError, type AnswerOf, type AnswerOp, type ErrorData } from '@holdfast/protocol/core';
import type { Clock } from '../clock.js';
import { abortedError } from '../errors.js';
import type { ArchiveConnection } from '../client.js';
import type { Problem } from '../problem.js';
import type { Stoppable } from '../stopper.js';
import type { ConnectionState } from './connection-state.js';
import { LinkCore, type LinkSettings, type RequestFrame } from './link-core.js';
import type { LinkAnswer, LinkEffect, LinkState, OpenState } from './link-state.js';
import type { OpenSocket, Socket, SocketEvents, SocketMessage } from './socket.js';
import { onWake } from './wake.js';

export interface LinkParts {
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
}

export interface LinkEvents {
  state(link: ArchiveLink): void;
  problem(problem: Problem): void;
}

export interface StreamEvents {
  answer(answer: LinkAnswer): void;
  /** Called once, when the stream ends for another reason than `cancel`. */
  failed(error: HoldfastError): void;
}

export interface Asking extends Stoppable {
  /**
   * Whether it fails with the first attempt to connect that fails from now on, and not only when the patience is over:
   * for questions that can do without the answer.
   */
  readonly isImpatient?: boolean | undefined;
}

interface Waiter {
  answer(answer: LinkAnswer): void;
  fail(error: HoldfastError): void;
}

export class ArchiveLink implements ArchiveConnection {
  readonly #core: LinkCore;
  readonly #waiters = new Map<number, Waiter>();
  readonly #stopWaking: () => void;
  #socket: Socket | undefined;
  #archiveId: string | undefined;
  #said: OpenState | undefined;
  #timer: { readonly at: number; readonly stop: () => void } | undefined;

  constructor(
    readonly url: string,
    private readonly parts: LinkParts,
    private readonly events: LinkEvents,
    settings: LinkSettings,
    /** See ArchiveAddress. */
    readonly cratesOnly = false,
  ) {
    this.#core = new LinkCore(settings, () => parts.clock.random());
    this.#stopWaking = onWake(() => this.#drive((now) => this.#core.wake(now)));
  }

  /**
   * Begins to connect. Apart from the constructor, so that listeners can be in place.
   * @param archiveId the archive that was met here before
   */
  start(archiveId?: string): void {
    this.#archiveId = archiveId;
    this.#drive((now) => this.#core.start(now));
  }

  get state(): ConnectionState {
    return viewOf(this.#core.state);
  }

  /** The connection that is open now, with the challenge and the number that streams and authorisations need. */
  get open(): OpenState | undefined {
    const { state } = this.#core;
    return state.name === 'open' ? state : undefined;
  }

  /** The id of the archive that said hello last, or that was met here before; also while the link is down. */
  get archiveId(): string | undefined {
    return this.#said?.archive ?? this.#archiveId;
  }

  /** What the archive said of itself when the link opened last; also while the link is down. */
  get said(): OpenState | undefined {
    return this.#said;
  }

  /** Sends a request and resolves with its answer. Rejects with the archive's code, or a code of the link. */
  request<Op extends AnswerOp>(
    frame: RequestFrame,
    op: Op,
    { signal, isImpatient }: Asking = {},
  ): Promise<AnswerOf<Op>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortedError());
      let n = 0;
      const abort = (): void => {
        settle();
        this.#waiters.delete(n);
        this.#drive((now) => this.#core.cancel(n, now));
        reject(abortedError());
      };
      signal?.addEventListener('abort', abort);
      const settle = (): void => signal?.removeEventListener('abort', abort);
      this.#drive((now) => {
        n = this.#core.request(frame, now, isImpatient);
        this.#waiters.set(n, {
          answer: (answer) => {
            settle();
            this.#waiters.delete(n);
            if (answer.op === op) resolve(answer as AnswerOf<Op>);
            else
              reject(this.#error('answer-invalid', `The archive answered "${answer.op}" to "${frame.op}".`));
          },
          fail: (error) => {
            settle();
            reject(error);
          },
        });
      });
    });
  }

  /** Opens a stream on the connection with that number. Answers what ends it. */
  stream(frame: RequestFrame, session: number, events: StreamEvents): () => void {
    let n = 0;
    this.#drive((now) => {
      n = this.#core.openStream(frame, session, now);
      this.#waiters.set(n, { answer: events.answer, fail: events.failed });
    });
    return () => {
      if (this.#waiters.delete(n)) this.#drive((now) => this.#core.cancel(n, now));
    };
  }

  /** Sends what has no answer. False when the link is not open: then it is not sent at all. */
  post(message: SocketMessage): boolean {
    const isOpen = this.open !== undefined;
    if (isOpen) this.#socket?.send(message);
    return isOpen;
  }

  /** Why the archive at this address is not spoken to; undefined while it is. */
  get refusal(): HoldfastError | undefined {
    const { state } = this.#core;
    return state.name === 'closed' ? this.#error(state.code, state.detail) : undefined;
  }

  /** This is not the archive that it should be: nothing more is said to it. */
  refuse(detail: string): void {
    this.#stopWaking();
    this.#drive(() => this.#core.close('archive-foreign', detail));
    this.events.problem({ code: 'archive-foreign', detail, url: this.url });
  }

  close(): void {
    this.#stopWaking();
    this.#drive(() => this.#core.close('closed', 'The client is closed.'));
  }

  /** Lets the core act, carries out what it wants, and sets the timer for what it wants next. */
  #drive(act: (now: number) => void): void {
    act(this.parts.clock.now());
    for (const effect of this.#core.takeEffects()) this.#carryOut(effect);
    const deadline = this.#core.nextDeadline();
    // A timer that fires too early sets the next one: cheaper than a new timer for every frame.
    if (deadline !== undefined && this.#timer !== undefined && this.#timer.at <= deadline) return;
    this.#timer?.stop();
    this.#timer = deadline === undefined ? undefined : this.#timerAt(deadline);
  }

  #timerAt(at: number): { at: number; stop: () => void } {
    const stop = this.parts.clock.after(Math.max(0, at - this.parts.clock.now()), () => {
      this.#timer = undefined;
      this.#drive((now) => this.#core.advance(now));
    });
    return { at, stop };
  }

  #carryOut(effect: LinkEffect): void {
    switch (effect.do) {
      case 'connect':
        return this.#connect();
      case 'disconnect': {
        const socket = this.#socket;
        this.#socket = undefined;
        return socket?.close();
      }
      case 'send':
        return this.#socket?.send(effect.text);
      case 'answer':
        return this.#waiters.get(effect.n)?.answer(effect.answer);
      case 'fail': {
        const waiter = this.#waiters.get(effect.n);
        this.#waiters.delete(effect.n);
        return waiter?.fail(this.#error(effect.code, effect.detail, effect.data));
      }
      case 'state':
        if (effect.state.name === 'open') this.#said = effect.state;
        return this.events.state(this);
      case 'problem':
        return this.events.problem({ code: effect.code, detail: effect.detail, url: this.url });
    }
  }

  #connect(): void {
    let socket: Socket | undefined;
    // A socket that was given up may still speak: only the current one is heard.
    const ifCurrent = (act: (now: number) => void): void => {
      if (socket !== undefined && this.#socket === socket) this.#drive(act);
    };
    const events: SocketEvents = {
      received: (message) => ifCurrent((now) => this.#core.received(message, now)),
      closed: (reason) =>
        ifCurrent((now) => {
          this.#socket = undefined;
          this.#core.lost(reason, now);
        }),
    };
    try {
      socket = this.parts.openSocket(socketAddress(this.url), events);
      this.#socket = socket;
    } catch (error) {
      // A browser refuses some addresses at once, such as ws: in a page of https:.
      queueMicrotask(() => this.#drive((now) => this.#core.lost(String(error), now)));
    }
  }

  #error(code: HoldfastError['code'], detail: string, data: ErrorData = {}): HoldfastError {
    return new HoldfastError(code, detail, { ...data, url: this.url });
  }
}

/** Whether it is open, or may be soon: it is not known that the archive cannot be reached at the moment. */
export const isPerhapsThere = ({ state }: { readonly state: { readonly name: string } }): boolean =>
  state.name === 'open' || state.name === 'connecting';

function socketAddress(url: string): string {
  const address = new URL(`${url}/v1/ws`);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}

function viewOf(state: LinkState): ConnectionState {
  switch (state.name) {
    case 'open': {
      const { name, archive, version, aheadSeconds, scope, horizon } = state;
      return {
        name,
        archive,
        version,
        aheadSeconds,
        ...(scope === undefined ? {} : { scope }),
        ...(horizon === undefined ? {} : { horizon }),
      };
    }
    case 'closed':
      return { name: 'closed', code: state.code };
    default:
      return state;
  }
}
