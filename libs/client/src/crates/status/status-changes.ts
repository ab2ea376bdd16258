/** Changes of statuses as a loop. It listens from the moment of the call, so that no change after it is missed. */
import { HoldfastError } from '@holdfast/protocol/core';
import { Channel } from '../../channel.js';
import type { ClientEvents } from '../../client.js';
import type { Listeners } from '../../events.js';
import { limits } from '../../limits.js';
import { Stopper, type StopSignal } from '../../stopper.js';
import type { Waiting } from '../../waiting.js';
import type { StatusChange } from './message-status.js';

export function statusChanges(
  listeners: Listeners<ClientEvents>,
  closing: StopSignal,
  { signal }: Waiting,
): AsyncIterableIterator<StatusChange> {
  const ending = new Stopper(closing, signal);
  const changes = new Channel<StatusChange>(() => stop());
  const end = (): void => void changes.return();
  const stopListening = listeners.on('status', (change) => {
    if (changes.size < limits.statusBufferMax) return changes.push(change);
    changes.fail(new HoldfastError('too-slow', 'The loop over the changes of statuses is too slow.'));
    return stop();
  });
  const stop = (): void => {
    stopListening();
    ending.removeEventListener('abort', end);
    ending.release();
  };
  if (ending.aborted) end();
  else ending.addEventListener('abort', end);
  return changes;
}
