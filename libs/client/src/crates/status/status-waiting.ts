/** Waits until a message has come so far as is wanted, or can come no further. */
import type { ClientEvents } from '../../client.js';
import { abortedError, closedError } from '../../errors.js';
import type { Listeners } from '../../events.js';
import { Stopper, type StopSignal } from '../../stopper.js';
import type { MessageStatus, WaitableStatus } from './message-status.js';
import { hasReached } from './status-lattice.js';

export interface StatusWaiting {
  readonly listeners: Listeners<ClientEvents>;
  readonly closing: StopSignal;
  readonly signal: StopSignal | undefined;
}

/** Rejects with `aborted`, `closed`, and with what `now` rejects with. */
export function untilStatus(
  id: string,
  wanted: WaitableStatus,
  now: () => Promise<MessageStatus>,
  { listeners, closing, signal }: StatusWaiting,
): Promise<MessageStatus> {
  return new Promise((resolve, reject) => {
    const ending = new Stopper(closing, signal);
    const settle = (act: () => void): void => {
      stopListening();
      ending.removeEventListener('abort', abort);
      ending.release();
      act();
    };
    const abort = (): void => settle(() => reject(closing.aborted ? closedError() : abortedError()));
    const look = (status: MessageStatus): void => {
      if (hasReached(status.status, wanted)) settle(() => resolve(status));
    };
    const stopListening = listeners.on('status', ({ message: moved }) => {
      if (moved.id === id) look(moved);
    });
    if (ending.aborted) return abort();
    ending.addEventListener('abort', abort);
    now().then(look, (error: unknown) => settle(() => reject(error)));
  });
}
