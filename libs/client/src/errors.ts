/** The errors that several parts of the client raise. */
import { HoldfastError, type ErrorData } from '@holdfast/protocol/core';
import type { Problem } from './problem.js';

/** @param data what has come of the call so far */
export const abortedError = (data: ErrorData = {}): HoldfastError =>
  new HoldfastError('aborted', 'The caller gave up waiting.', data);

export const closedError = (): HoldfastError => new HoldfastError('closed', 'The client is closed.');

/** Whatever was thrown, as the one error that this package throws. */
export function holdfastErrorOf(thrown: unknown): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  return new HoldfastError('internal-error', String(thrown), {}, { cause: thrown });
}

/** An error of background work, as the event that tells of it. */
export function problemOf(thrown: unknown): Problem {
  const { code, message } = holdfastErrorOf(thrown);
  return { code, detail: message };
}
