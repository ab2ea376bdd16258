/**
 * One WebSocket between two archives that have proved who they are: messages in order, both directions bounded. What
 * the other side does not read is waited for, and ends the connection when nothing of it is read for long, or when it
 * becomes too much. All is text (spec/peers.md, "Links") but what a peer says that relays (spec/relay.md, "Between
 * archives"): any other binary message ends it at once.
 */
import type { Channel } from '@holdfast/gossip';
import { HoldfastError, isErrorCode, type ErrorCode } from '@holdfast/protocol';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { archiveLimits } from '../limits.js';
import type { Heart } from '../platform/web-sockets/heartbeat.js';
import type { LinkEnd, LossyChannel } from './link-opener.js';

/** RFC 6455 section 7.4.1, and 1013 of the IANA registry: try again later. */
const closeCodes = { normal: 1000, policy: 1008, tryLater: 1013 } as const;

const laterCodes = new Set(['too-slow', 'overloaded', 'unavailable', 'request-timeout']);

export const peerSocketBounds = {
  maxPayload: archiveLimits.linkFrameBytesMax,
  maxFragments: archiveLimits.frameFragmentsMax,
  maxBufferedChunks: archiveLimits.frameChunksMax,
  closeTimeout: archiveLimits.closeMsMax,
  // Records are base64url of signed bytes: deflating them costs memory and gains little.
  perMessageDeflate: false,
} as const;

interface Waiter {
  resolve(): void;
  reject(error: HoldfastError): void;
}

export class PeerConnection implements Channel, LossyChannel, Heart {
  /** What has come before anybody listened. The first of it is text. */
  private readonly early: (string | Buffer)[] = [];
  private readonly waiters: Waiter[] = [];
  private listener: ((message: string | Buffer) => void) | undefined;
  private stall: NodeJS.Timeout | undefined;
  private written = 0;
  private end: LinkEnd | undefined;
  /** What this connection itself has ended for, whatever the session makes of it. */
  private found: LinkEnd | undefined;
  private isOver = false;
  private hasSpoken = false;
  private lastHeardMs = Date.now();
  /** Resolves when the connection is over, with what ended it first. */
  readonly closed: Promise<LinkEnd>;
  /** What gossip's own frames cannot be: kept at 0, because a question that stays unanswered ends the link. */
  readonly bytesUnfinished = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly transport: Socket,
    /** Whether the archive at the other end relays between clients. */
    readonly relays = false,
  ) {
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('pong', () => (this.lastHeardMs = Date.now()));
    socket.on('error', () => {
      this.find('peer-misbehaved', 'A frame broke the protocol.');
    });
    transport.on('drain', () => this.drained());
    this.closed = new Promise((resolve) => {
      socket.once('close', (_code, reason: Buffer) => resolve(this.over(reason.toString())));
    });
  }

  get bytesRead(): number {
    return this.transport.bytesRead;
  }

  get bytesWritten(): number {
    return this.transport.bytesWritten;
  }

  /** Milliseconds since 1970. */
  get heardAtMs(): number {
    return this.lastHeardMs;
  }

  /** From now on, and what has come before. */
  listen(listener: (message: string | Buffer) => void): void {
    this.listener = listener;
    for (const message of this.early.splice(0)) listener(message);
    this.socket.resume();
  }

  /** The next frame alone; what comes behind it waits for whoever listens. */
  first(): Promise<string> {
    const early = this.early.shift();
    if (early !== undefined) return Promise.resolve(early as string);
    return new Promise((resolve, reject) => {
      this.listener = (frame) => {
        this.listener = undefined;
        this.socket.pause();
        resolve(frame as string);
      };
      void this.closed.then((end) => reject(errorOf(end)));
    });
  }

  send(frame: string): Promise<void> {
    if (this.isOver || this.end !== undefined) return Promise.reject(errorOf(this.end));
    this.socket.send(frame);
    const unread = this.socket.bufferedAmount;
    if (unread > archiveLimits.linkUnreadBytesMax) {
      this.tooSlow('Too much of what was sent is unread.');
      return Promise.reject(errorOf(this.end));
    }
    if (unread <= archiveLimits.unreadDrainedBytesMax) return Promise.resolve();
    this.watchStall();
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  offer(message: string | Uint8Array): boolean {
    const { readyState, OPEN, bufferedAmount } = this.socket;
    if (this.end !== undefined || readyState !== OPEN) return false;
    if (bufferedAmount > archiveLimits.linkRelayUnreadBytesMax) return false;
    this.socket.send(message);
    return true;
  }

  misbehaved(detail: string): void {
    this.find('peer-misbehaved', detail);
    this.close('peer-misbehaved');
  }

  close(code?: string, detail?: string): void {
    if (this.isOver || this.socket.readyState === this.socket.CLOSING) return;
    this.end ??= { code, detail, by: 'us' };
    for (const waiter of this.waiters.splice(0)) waiter.reject(errorOf(this.end));
    const later = laterCodes.has(code ?? '') ? closeCodes.tryLater : closeCodes.policy;
    // One that was paused would never hear the other's close frame.
    this.socket.resume();
    this.socket.close(code === undefined ? closeCodes.normal : later, code ?? '');
  }

  ping(): void {
    if (!this.isOver) this.socket.ping();
  }

  /** Without a word: for a peer that would not hear it. */
  terminate(): void {
    this.find('request-timeout', 'The peer was silent for too long.');
    this.socket.terminate();
  }

  /** Undefined where it was ended by the session or by the other side. */
  get verdict(): LinkEnd | undefined {
    return this.found;
  }

  get isClosed(): boolean {
    return this.isOver;
  }

  private find(code: ErrorCode, detail: string): void {
    if (this.end !== undefined) return;
    this.found = { code, detail, by: 'us' };
    this.end = this.found;
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (this.end !== undefined) return;
    this.lastHeardMs = Date.now();
    if (isBinary && !(this.relays && this.hasSpoken)) {
      this.misbehaved('Frames are text.');
      return;
    }
    this.hasSpoken = true;
    const message = isBinary ? (data as Buffer) : (data as Buffer).toString();
    if (this.listener === undefined) this.early.push(message);
    else this.listener(message);
  }

  /** Something has to leave in every interval while something waits to. */
  private watchStall(): void {
    if (this.stall !== undefined) return;
    this.written = this.flushed;
    this.stall = setInterval(() => {
      const isMoving = this.flushed - this.written >= archiveLimits.linkProgressBytesMin;
      this.written = this.flushed;
      if (isMoving || this.waiters.length === 0) return;
      this.tooSlow('The peer does not read what is sent to it.');
    }, archiveLimits.linkStallMsMax);
  }

  /** It would not read the close frame either. */
  private tooSlow(detail: string): void {
    this.find('too-slow', detail);
    this.socket.terminate();
  }

  private get flushed(): number {
    return this.transport.bytesWritten - this.transport.writableLength;
  }

  private drained(): void {
    if (this.socket.bufferedAmount > archiveLimits.unreadDrainedBytesMax) return;
    this.rest();
    for (const waiter of this.waiters.splice(0)) waiter.resolve();
  }

  private rest(): void {
    clearInterval(this.stall);
    this.stall = undefined;
  }

  private over(reason: string): LinkEnd {
    this.isOver = true;
    this.rest();
    this.end ??= isErrorCode(reason)
      ? { code: reason, detail: 'The peer has closed the link.', by: 'them' }
      : { by: 'them' };
    for (const waiter of this.waiters.splice(0)) waiter.reject(errorOf(this.end));
    return this.end;
  }
}

/** An end in order is an error to whoever still wanted something. */
export function errorOf(end: LinkEnd | undefined): HoldfastError {
  const { code = 'unavailable', detail = 'The connection is over.' } = end ?? {};
  return new HoldfastError(isErrorCode(code) ? code : 'unavailable', detail);
}
