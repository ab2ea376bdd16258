/** How a caller stops waiting: every call that can take long takes this. */
import type { ErrorData } from '@holdfast/protocol/core';
import { abortedError } from './errors.js';

export interface Waiting {
  /** Ends the waiting with the error `aborted`. What has been put into the outbox stays there. */
  readonly signal?: AbortSignal;
}

/**
 * The promise, or `aborted` when the signal comes first. What the promise stands for goes on.
 * @param data what the error says of it
 */
export function waitFor<T>(promise: Promise<T>, { signal }: Waiting, data?: ErrorData): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(abortedError(data));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
