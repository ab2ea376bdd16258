/**
 * One WebSocket of a client: reads frames into requests, gives them to their handlers, and writes the answers. What it
 * keeps true: every well-formed request gets an answer or an end of the connection, but for the one-way ones, which are
 * answered only when they are refused; what one connection holds in memory is bounded in both directions; one bad frame
 * costs its sender an error frame, a row of them the connection. spec/doors.md, "Frames".
 */
import {
  parseRequest,
  refused,
  type Answer,
  type ErrorCode,
  type FrameRefusal,
  type HoldfastError,
  type Request,
  type RequestOf,
  type RequestOp,
} from '@holdfast/protocol';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { archiveLimits } from '../limits.js';
import { asHoldfastError } from '../platform/http/failure.js';
import type { Log } from '../platform/logging/log.js';
import type { Heart } from '../platform/web-sockets/heartbeat.js';
import { errorFrame, frameOfError } from './error-frame.js';
import type { MemoryBudget } from './memory-budget.js';
import { OpenRequests, type Stream } from './open-requests.js';
import type { OperationTable } from './operation-table.js';
import { isOneWay, type Connection, type OneWayOp } from './operations.js';

/** RFC 6455 section 7.4.1, and 1013 of the IANA registry: try again later. */
export const closeCodes = { goingAway: 1001, policy: 1008, tryLater: 1013 } as const;

/** Head and mask of a control frame from a client. */
const controlFrameBytes = 6;

export interface ClientConnectionInit {
  readonly id: string;
  readonly challenge: string;
  readonly network: string;
  readonly operations: OperationTable;
  readonly budget: MemoryBudget;
  readonly log: Log;
  /** Told of the end of every request, and of every frame that is none. */
  readonly onOver: (operation: RequestOp | 'none', outcome: ErrorCode | 'ok') => void;
}

export class ClientConnection implements Connection, Heart {
  readonly id: string;
  readonly challenge: string;
  readonly network: string;
  private readonly requests = new OpenRequests();
  private controller: AbortController | undefined;
  /** Streams go on in turns, so that together they send no more at once than one of them alone. */
  private turns: Promise<void> = Promise.resolve();
  private idleWaiter: (() => void) | undefined;
  private isOver = false;
  private isClosing = false;
  private isGathering = false;
  private malformedInARow = 0;
  /** Bytes that have come since the last whole frame, and bytes that wait to be read by the other side. */
  private unfinished = 0;
  private unread = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly transport: Socket,
    private readonly init: ClientConnectionInit,
  ) {
    this.id = init.id;
    this.challenge = init.challenge;
    this.network = init.network;
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    // ws closes the connection by itself with the code that RFC 6455 has for the flaw: 1002, 1007, 1009.
    socket.on('error', (error) =>
      init.log.debug({ connection: this.id, error }, 'a frame broke the protocol'),
    );
    socket.on('close', () => this.over());
    // Control frames come between the fragments of others and are whole frames themselves.
    for (const kind of ['ping', 'pong'] as const) {
      socket.on(kind, (payload: Buffer) =>
        this.arrived(-Math.min(this.unfinished, payload.length + controlFrameBytes)),
      );
    }
    // Before ws reads the chunk, so that the frames which it completes are subtracted afterwards.
    transport.prependListener('data', (chunk: Buffer) => this.arrived(chunk.length));
    transport.on('drain', () => this.account());
  }

  get bytesRead(): number {
    return this.transport.bytesRead;
  }

  get bytesUnfinished(): number {
    return this.unfinished;
  }

  get closed(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.isOver) this.controller.abort();
    return this.controller.signal;
  }

  send(answer: Answer): void {
    if (this.isOver || this.isClosing) return;
    this.write(JSON.stringify(answer));
    const tight = this.init.budget.isExceeded && this.unread > archiveLimits.unreadDrainedBytesMax;
    if (this.unread > archiveLimits.unreadBytesMax || tight) this.close(closeCodes.tryLater, 'too-slow');
  }

  offer(text: string): boolean {
    const { readyState, OPEN, bufferedAmount } = this.socket;
    // The other side may be closing: what is written now would be lost without a word.
    if (this.isClosing || readyState !== OPEN || this.init.budget.isExceeded) return false;
    if (bufferedAmount > archiveLimits.offerUnreadBytesMax) return false;
    this.write(text);
    return true;
  }

  get isDrained(): boolean {
    return this.socket.bufferedAmount <= archiveLimits.unreadDrainedBytesMax;
  }

  drained(): Promise<void> {
    const turn = this.turns.then(() => this.untilDrained());
    this.turns = turn.then(() => new Promise((resolve) => void setImmediate(resolve)));
    return turn;
  }

  open(n: number, stream: Stream): void {
    if (this.isOver) stream.cancel();
    else this.requests.open(n, stream);
  }

  /** Ends the connection; a peer that does not answer the close frame is cut off after `closeMsMax`. */
  close(code: number, reason: string): void {
    this.isClosing = true;
    this.requests.endAll();
    this.socket.close(code, reason);
  }

  /** Takes no further requests, waits for those in flight, then closes; resolves when the connection is over. */
  async finish(code: number, reason: string): Promise<void> {
    this.socket.pause();
    this.requests.endAll();
    if (this.requests.inFlightCount > 0 && !this.isOver) {
      await new Promise<void>((resolve) => (this.idleWaiter = resolve));
    }
    this.socket.resume();
    this.close(code, reason);
    if (!this.isOver) await new Promise((resolve) => this.socket.once('close', resolve));
  }

  ping(): void {
    if (!this.isOver) this.socket.ping();
  }

  /** Without a word: for a peer that would not hear it. */
  terminate(): void {
    this.socket.terminate();
  }

  private receive(data: RawData, isBinary: boolean): void {
    this.arrived(-this.unfinished);
    if (this.isClosing) return;
    if (isBinary) return this.refuse(refused('request-malformed', 'Frames are JSON text, not binary.'));
    const parsed = parseRequest((data as Buffer).toString());
    if (!parsed.ok) return this.refuse(parsed);
    const request = parsed.value;
    if (this.requests.isTaken(request.n)) {
      // Without the number: it belongs to the request that uses it.
      this.refuse(
        refused('request-malformed', `The number ${request.n} belongs to a request that is not finished.`),
      );
      return;
    }
    this.malformedInARow = 0;
    if (isOneWay(request)) this.handleOneWay(request);
    else void this.handle(request);
  }

  /** Nobody waits for it, so it takes no room among what is in flight. */
  private handleOneWay(request: RequestOf<OneWayOp>): void {
    let outcome: ErrorCode | 'ok' = 'ok';
    try {
      this.init.operations.handleOneWay(request, this);
    } catch (thrown) {
      const error = this.failed(request, thrown);
      outcome = error.code;
      this.send(frameOfError(request.n, error));
    }
    this.init.onOver(request.op, outcome);
  }

  private async handle(request: Exclude<Request, RequestOf<OneWayOp>>): Promise<void> {
    const { n } = request;
    if (request.op === 'cancel') {
      this.cancel(n, request.target);
      return;
    }
    const begun = this.requests.begin(n, request.op);
    if (!begun.ok) {
      this.init.onOver(request.op, begun.code);
      this.send(errorFrame({ ...begun, n, retryable: true }));
      return;
    }
    let outcome: ErrorCode | 'ok' = 'ok';
    try {
      await this.init.operations.handle(request, this);
    } catch (thrown) {
      const error = this.failed(request, thrown);
      outcome = error.code;
      if (this.requests.end(begun.value)) this.send(frameOfError(n, error));
    }
    this.init.onOver(request.op, outcome);
    this.requests.finish(begun.value);
    if (this.requests.inFlightCount === 0) this.idleWaiter?.();
  }

  private failed({ op }: Request, thrown: unknown): HoldfastError {
    const error = asHoldfastError(thrown);
    if (error.code === 'internal-error') {
      this.init.log.error(
        { connection: this.id, op, error: error.cause },
        'an operation failed unexpectedly',
      );
    }
    return error;
  }

  private cancel(n: number, target: number): void {
    const isKnown = this.requests.cancel(target);
    this.init.onOver('cancel', isKnown ? 'ok' : 'request-malformed');
    const detail = `Request ${target} is no follow, collect or join.`;
    const unknown = errorFrame({ n, code: 'request-malformed', detail, retryable: false });
    this.send(isKnown ? { op: 'ended', n: target } : unknown);
  }

  private refuse({ n, code, detail }: FrameRefusal): void {
    this.init.onOver('none', code);
    this.send(errorFrame({ n, code, detail, retryable: false }));
    if (code === 'filter-invalid') return;
    this.malformedInARow += 1;
    if (this.malformedInARow >= archiveLimits.malformedFramesMax)
      this.close(closeCodes.policy, 'request-malformed');
  }

  private arrived(bytes: number): void {
    this.unfinished += bytes;
    this.init.budget.take(bytes);
    if (bytes > 0 && this.init.budget.isExceeded && this.unfinished > archiveLimits.unfinishedBytesMin) {
      this.close(closeCodes.tryLater, 'overloaded');
    }
  }

  private untilDrained(): Promise<void> {
    if (this.isOver || this.isDrained) return Promise.resolve();
    return new Promise<void>((resolve) => {
      const done = () => {
        this.transport.off('drain', done).off('close', done);
        resolve();
      };
      this.transport.on('drain', done).on('close', done);
    });
  }

  private write(text: string): void {
    this.gather();
    this.socket.send(text);
    this.account();
  }

  /** A commit answers many requests at once: what is sent in one turn of the event loop leaves in one write. */
  private gather(): void {
    if (this.isGathering) return;
    this.isGathering = true;
    this.transport.cork();
    process.nextTick(() => {
      this.isGathering = false;
      this.transport.uncork();
    });
  }

  private account(): void {
    const unread = this.isOver ? 0 : this.socket.bufferedAmount;
    this.init.budget.take(unread - this.unread);
    this.unread = unread;
  }

  private over(): void {
    this.isOver = true;
    this.arrived(-this.unfinished);
    this.account();
    this.requests.endAll();
    this.idleWaiter?.();
    this.controller?.abort();
  }
}
