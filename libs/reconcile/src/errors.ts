/** What a message from outside can be refused for (spec/reconcile.md, "Refusals"). */
export type ReconcileErrorCode = 'message-invalid' | 'version-unsupported';

export class ReconcileError extends Error {
  override readonly name = 'ReconcileError';

  constructor(
    readonly code: ReconcileErrorCode,
    message: string,
  ) {
    super(message);
  }
}
