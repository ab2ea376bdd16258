import { errorCodes, type ErrorCode } from './codes.js';

/** Facts beside the sentence, for programs: a limit, a name, a time. Never a secret and never content. */
export type ErrorData = Readonly<Record<string, string | number | boolean>>;

/**
 * The one error that Holdfast's libraries throw. `message` says what happened, why, and what to do;
 * `code` is stable (spec/errors.md); `retryable` says whether the same call may succeed later.
 */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError';
  readonly retryable: boolean;

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly data: ErrorData = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.retryable = errorCodes[code].retryable;
  }

  toJSON(): { code: ErrorCode; detail: string; retryable: boolean } & Record<string, unknown> {
    return { ...this.data, code: this.code, detail: this.message, retryable: this.retryable };
  }
}
