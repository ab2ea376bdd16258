/**
 * The requests of one connection: reads what has come into requests and relayed frames, and gives them to their
 * handlers. What it keeps true: every well-formed request gets an answer or an end of the connection, but for the one-way
 * ones, which are answered only when they are refused; one bad message costs its sender an error frame, a row of them the
 * connection. spec/doors.md, "Frames"; spec/relay.md, "Frames".
 */
import {
  parseRelayedFrame,
  parseRequest,
  refused,
  type ErrorCode,
  type FrameRefusal,
  type HoldfastError,
  type RelayedFrame,
  type Request,
} from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { asHoldfastError } from '../platform/http/failure.js';
import type { Log } from '../platform/logging/log.js';
import { errorFrame, frameOfError } from './error-frame.js';
import { OpenRequests, type Stream } from './open-requests.js';
import type { OperationTable } from './operation-table.js';
import type { Connection, Operation } from './operations.js';

export interface RequestIntakeInit {
  readonly connection: Connection;
  readonly operations: OperationTable;
  readonly log: Log;
  /** Told of the end of every request, and of every message that is none. */
  readonly onOver: (operation: Operation | 'none', outcome: ErrorCode | 'ok') => void;
  /** So many bad messages in a row, requests and frames together, end the connection. */
  readonly onAbuse: () => void;
}

/** By which a frame is refused that no honest client sends: its head is none, or names another node. */
const badFrameCodes: ReadonlySet<ErrorCode> = new Set(['request-malformed', 'not-authorised']);

export class RequestIntake {
  private readonly requests = new OpenRequests();
  private malformedInARow = 0;
  private idleWaiter: (() => void) | undefined;

  constructor(private readonly init: RequestIntakeInit) {}

  text(text: string): void {
    const parsed = parseRequest(text);
    if (!parsed.ok) this.refuse(parsed);
    else if (this.begins(parsed.value.n)) {
      this.malformedInARow = 0;
      void this.handle(parsed.value);
    }
  }

  /** Nobody waits for an answer to it, so it takes no room among what is in flight. */
  binary(message: Uint8Array): void {
    const parsed = parseRelayedFrame(message);
    if (!parsed.ok) this.refuse(parsed);
    else if (this.begins(parsed.value.n)) this.relay(parsed.value);
  }

  open(n: number, stream: Stream): void {
    this.requests.open(n, stream);
  }

  endStreams(): void {
    this.requests.endAll();
  }

  /** Resolves once nothing is in flight, or at `over`. */
  async idle(): Promise<void> {
    if (this.requests.inFlightCount > 0) await new Promise<void>((resolve) => (this.idleWaiter = resolve));
  }

  /** The connection is over. */
  over(): void {
    this.requests.endAll();
    this.idleWaiter?.();
  }

  private begins(n: number): boolean {
    if (this.requests.isTaken(n)) {
      // Without the number: it belongs to the request that uses it.
      this.refuse(refused('request-malformed', `The number ${n} belongs to a request that is not finished.`));
      return false;
    }
    return true;
  }

  private relay(frame: RelayedFrame): void {
    const { connection, operations, onOver } = this.init;
    let outcome: ErrorCode | 'ok' = 'ok';
    try {
      operations.relay(frame, connection);
      this.malformedInARow = 0;
    } catch (thrown) {
      const error = this.failed('relay', thrown);
      outcome = error.code;
      connection.send(frameOfError(frame.n, error));
      if (badFrameCodes.has(outcome)) this.countBad();
    }
    onOver('relay', outcome);
  }

  private async handle(request: Request): Promise<void> {
    const { connection, operations, onOver } = this.init;
    const { n } = request;
    if (request.op === 'cancel') {
      this.cancel(n, request.target);
      return;
    }
    const begun = this.requests.begin(n, request.op);
    if (!begun.ok) {
      onOver(request.op, begun.code);
      connection.send(errorFrame({ ...begun, n, retryable: true }));
      return;
    }
    let outcome: ErrorCode | 'ok' = 'ok';
    try {
      await operations.handle(request, connection);
    } catch (thrown) {
      const error = this.failed(request.op, thrown);
      outcome = error.code;
      if (this.requests.end(begun.value)) connection.send(frameOfError(n, error));
    }
    onOver(request.op, outcome);
    this.requests.finish(begun.value);
    if (this.requests.inFlightCount === 0) this.idleWaiter?.();
  }

  private failed(op: Operation, thrown: unknown): HoldfastError {
    const error = asHoldfastError(thrown);
    if (error.code === 'internal-error') {
      const connection = this.init.connection.id;
      this.init.log.error({ connection, op, error: error.cause }, 'an operation failed unexpectedly');
    }
    return error;
  }

  private cancel(n: number, target: number): void {
    const isKnown = this.requests.cancel(target);
    this.init.onOver('cancel', isKnown ? 'ok' : 'request-malformed');
    const detail = `Request ${target} is no follow, collect or join.`;
    const unknown = errorFrame({ n, code: 'request-malformed', detail, retryable: false });
    this.init.connection.send(isKnown ? { op: 'ended', n: target } : unknown);
  }

  private refuse({ n, code, detail }: FrameRefusal): void {
    this.init.onOver('none', code);
    this.init.connection.send(errorFrame({ n, code, detail, retryable: false }));
    if (code !== 'filter-invalid') this.countBad();
  }

  private countBad(): void {
    this.malformedInARow += 1;
    if (this.malformedInARow >= archiveLimits.malformedFramesMax) this.init.onAbuse();
  }
}
