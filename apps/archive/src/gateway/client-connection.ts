/**
 * One WebSocket of a client: gives what comes to its requests (request-intake.ts), and writes the answers. What it
 * keeps true: what one connection holds in memory is bounded in both directions, and what it does not read is lost or
 * ends it. spec/doors.md, "Frames" and "Limits and manners".
 */
import type { Answer } from '@holdfast/protocol';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { archiveLimits } from '../limits.js';
import type { Heart } from '../platform/web-sockets/heartbeat.js';
import type { MemoryBudget } from './memory-budget.js';
import type { Stream } from './open-requests.js';
import type { Connection } from './operations.js';
import { RequestIntake, type RequestIntakeInit } from './request-intake.js';

/** RFC 6455 section 7.4.1, and 1013 of the IANA registry: try again later. */
export const closeCodes = { goingAway: 1001, policy: 1008, tryLater: 1013 } as const;

/** Head and mask of a control frame from a client. */
const controlFrameBytes = 6;

export interface ClientConnectionInit extends Pick<RequestIntakeInit, 'operations' | 'log' | 'onOver'> {
  readonly id: string;
  readonly challenge: string;
  readonly network: string;
  readonly budget: MemoryBudget;
}

export class ClientConnection implements Connection, Heart {
  readonly id: string;
  readonly challenge: string;
  readonly network: string;
  private readonly requests: RequestIntake;
  private controller: AbortController | undefined;
  /** Streams go on in turns, so that together they send no more at once than one of them alone. */
  private turns: Promise<void> = Promise.resolve();
  private isOver = false;
  private isClosing = false;
  private isGathering = false;
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
    this.requests = new RequestIntake({
      connection: this,
      operations: init.operations,
      log: init.log,
      onOver: init.onOver,
      onAbuse: () => this.close(closeCodes.policy, 'request-malformed'),
    });
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

  offer(message: string | Uint8Array): boolean {
    const { readyState, OPEN, bufferedAmount } = this.socket;
    // The other side may be closing: what is written now would be lost without a word.
    if (this.isClosing || readyState !== OPEN || this.init.budget.isExceeded) return false;
    if (bufferedAmount > archiveLimits.offerUnreadBytesMax) return false;
    this.write(message);
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
    this.requests.endStreams();
    this.socket.close(code, reason);
  }

  /** Takes no further requests, waits for those in flight, then closes; resolves when the connection is over. */
  async finish(code: number, reason: string): Promise<void> {
    this.socket.pause();
    this.requests.endStreams();
    if (!this.isOver) await this.requests.idle();
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
    // Of a binary message nothing is kept when this returns: it is a part of all that came at once.
    if (isBinary) this.requests.binary(data as Buffer);
    else this.requests.text((data as Buffer).toString());
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

  private write(message: string | Uint8Array): void {
    this.gather();
    this.socket.send(message);
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
    this.requests.over();
    this.controller?.abort();
  }
}
