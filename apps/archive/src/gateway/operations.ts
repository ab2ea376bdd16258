/**
 * What the gateway and the features agree on: a feature offers handlers for some operations of `WS /v1/ws`, the
 * gateway parses, bounds and numbers the requests and gives every handler the connection it may answer on.
 */
import type { Answer, RequestOf, RequestOp } from '@holdfast/protocol';

export interface Connection {
  /** Names the connection in log lines. */
  readonly id: string;
  /** 32 random bytes in base64url, made for this connection: what `collect` signs. */
  readonly challenge: string;
  /** Aborted when the connection has closed for whatever reason. */
  readonly closed: AbortSignal;
  /** Queues an answer. On a closed connection it does nothing. */
  send(answer: Answer): void;
  /** Resolves once little is waiting to be read by the other side, or the connection has closed. */
  drained(): Promise<void>;
  /** Keeps a follow or collect alive under its request number until `cancel` or the end of the connection. */
  open(n: number, stream: { readonly kind: 'follow' | 'collect'; cancel(): void }): void;
}

/**
 * Handles one request and answers it itself. A thrown HoldfastError becomes the `error` frame with its code; any other
 * error is logged and becomes `internal-error`.
 */
export type OperationHandler<Op extends RequestOp> = (request: RequestOf<Op>, connection: Connection) => Promise<void> | void;

export type OperationHandlers = { readonly [Op in RequestOp]?: OperationHandler<Op> };

/** A provider that a feature module registers under the `operations` token. */
export interface OperationsOfFeature {
  readonly handlers: OperationHandlers;
}
