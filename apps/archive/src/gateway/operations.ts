/**
 * What the gateway and the features agree on: a feature offers handlers for some operations of `WS /v1/ws`, the
 * gateway parses, bounds and numbers the requests and gives every handler the connection it may answer on.
 */
import { DiscoveryService } from '@nestjs/core';
import type { Answer, RelayedFrame, RequestOf, RequestOp } from '@holdfast/protocol';

export type StreamKind = 'follow' | 'collect' | 'relay';

export interface Connection {
  /** Names the connection in log lines. */
  readonly id: string;
  /** 32 random bytes in base64url, made for this connection: what `collect` signs. */
  readonly challenge: string;
  /** Where the client connects from: an IPv4 address or an IPv6 /64. */
  readonly network: string;
  /** Aborted when the connection has closed for whatever reason. */
  readonly closed: AbortSignal;
  /** Queues an answer. On a closed connection it does nothing. */
  send(answer: Answer): void;
  /**
   * Sends what may be lost: only when the other side reads what it is sent. False: it is lost.
   * @param message a relayed frame, or an answer as JSON; kept until it has left, so no part of anything larger
   */
  offer(message: string | Uint8Array): boolean;
  /** Whether little is waiting to be read by the other side at this moment. */
  readonly isDrained: boolean;
  /**
   * Resolves once little is waiting to be read by the other side and it is this caller's turn, or the connection has
   * closed: call it before each batch of a stream.
   */
  drained(): Promise<void>;
  /**
   * Keeps a follow, collect or join alive under its request number until `cancel`, the handler's rejection, or the end of
   * the connection; `cancel` is called once then. Throws `quota-exceeded` when the connection has too many.
   */
  open(n: number, stream: { readonly kind: StreamKind; cancel(): void }): void;
}

/** What a client can ask for: by name, or by a binary message, which is a frame to be relayed. */
export type Operation = RequestOp | 'relay';

/**
 * Handles one request and answers it itself. A thrown HoldfastError becomes the `error` frame with its code; any other
 * error is logged and becomes `internal-error`. A rejection also ends the stream that was opened under the number.
 */
export type OperationHandler<Op extends RequestOp> = (
  request: RequestOf<Op>,
  connection: Connection,
) => Promise<void> | void;

/**
 * Nobody waits for an answer: it is handled within the call, and answered only when it is refused, by what is thrown.
 * The frame is not kept longer than that.
 */
export type RelayHandler = (frame: RelayedFrame, connection: Connection) => void;

export type OperationHandlers = { readonly [Op in RequestOp]?: OperationHandler<Op> } & {
  readonly relay?: RelayHandler;
};

/** A provider that a feature module marks with `@Operations()`. */
export interface OperationsOfFeature {
  readonly handlers: OperationHandlers;
}

/** Marks the providers whose handlers the gateway collects when the archive starts. */
export const Operations = DiscoveryService.createDecorator();
