/** Who answers which operation. Every operation has exactly one handler, which is checked before the doors open. */
import { requestOps, type Request, type RequestOf, type RequestOp } from '@holdfast/protocol';
import type { Connection, OneWayOp, OperationHandlers, OperationsOfFeature } from './operations.js';

/** `cancel` concerns the connection's own bookkeeping: the gateway answers it. */
export type FeatureOp = Exclude<RequestOp, 'cancel' | OneWayOp>;
export type FeatureRequest = Extract<Request, { op: FeatureOp }>;

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
    const missing = requestOps.filter((op) => op !== 'cancel' && !(op in handlers));
    if (missing.length > 0) throw new Error(`These operations have no handler: ${missing.join(', ')}.`);
    return new OperationTable(handlers as OperationHandlers);
  }

  /** Within this call. @throws HoldfastError */
  handleOneWay(request: RequestOf<OneWayOp>, connection: Connection): void {
    this.handlers[request.op]!(request, connection);
  }

  async handle(request: FeatureRequest, connection: Connection): Promise<void> {
    const handler = this.handlers[request.op] as (
      request: FeatureRequest,
      connection: Connection,
    ) => Promise<void> | void;
    await handler(request, connection);
  }
}
