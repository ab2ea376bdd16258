/**
 * What the gateway and the features agree on: a feature offers handlers for some operations of `WS /v1/ws`, the
 * gateway parses, bounds and numbers the requests and gives every handler the connection it may answer on.
 */
import { DiscoveryService } from '@nestjs/core';
import type { Answer, Request, RequestOf, RequestOp } from '@holdfast/protocol';

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
   * @param text an answer as JSON: what is carried in masses is put together by whoever carries it
   */
  offer(text: string): boolean;
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

/** What nobody waits for an answer to: it is handled as it comes, and answered only when it is refused. */
export const oneWayOps = ['relay'] as const satisfies readonly RequestOp[];
export type OneWayOp = (typeof oneWayOps)[number];

const oneWay: ReadonlySet<string> = new Set(oneWayOps);
export const isOneWay = (request: Request): request is RequestOf<OneWayOp> => oneWay.has(request.op);

/**
 * Handles one request and answers it itself. A thrown HoldfastError becomes the `error` frame with its code; any other
 * error is logged and becomes `internal-error`. A rejection also ends the stream that was opened under the number.
 */
export type OperationHandler<Op extends RequestOp> = (
  request: RequestOf<Op>,
  connection: Connection,
) => Op extends OneWayOp ? void : Promise<void> | void;

export type OperationHandlers = { readonly [Op in RequestOp]?: OperationHandler<Op> };

/** A provider that a feature module marks with `@Operations()`. */
export interface OperationsOfFeature {
  readonly handlers: OperationHandlers;
}

/** Marks the providers whose handlers the gateway collects when the archive starts. */
export const Operations = DiscoveryService.createDecorator();
