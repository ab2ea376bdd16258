/** Who answers which operation. Every operation has exactly one handler, which is checked before the doors open. */
import { requestOps, type RelayedFrame, type Request, type RequestOp } from '@holdfast/protocol';
import type { Connection, Operation, OperationHandlers, OperationsOfFeature } from './operations.js';

/** `cancel` concerns the connection's own bookkeeping: the gateway answers it. */
export type FeatureOp = Exclude<RequestOp, 'cancel'>;
export type FeatureRequest = Extract<Request, { op: FeatureOp }>;

export const operations: readonly Operation[] = [...requestOps, 'relay'];

export class OperationTable {
  private constructor(private readonly handlers: OperationHandlers) {}

  /** @throws Error when an operation has no handler, or two */
  static of(features: readonly OperationsOfFeature[]): OperationTable {
    const handlers: Record<string, unknown> = {};
    for (const feature of features) {
      for (const [op, handler] of Object.entries(feature.handlers)) {
        if (op in handlers || op === 'cancel') throw new Error(`The operation ${op} has two handlers.`);
        handlers[op] = handler;
      }
    }
    const missing = operations.filter((op) => op !== 'cancel' && !(op in handlers));
    if (missing.length > 0) throw new Error(`These operations have no handler: ${missing.join(', ')}.`);
    return new OperationTable(handlers as OperationHandlers);
  }

  /** Within this call. @throws HoldfastError */
  relay(frame: RelayedFrame, connection: Connection): void {
    this.handlers.relay!(frame, connection);
  }

  async handle(request: FeatureRequest, connection: Connection): Promise<void> {
    const handler = this.handlers[request.op] as (
      request: FeatureRequest,
      connection: Connection,
    ) => Promise<void> | void;
    await handler(request, connection);
  }
}
