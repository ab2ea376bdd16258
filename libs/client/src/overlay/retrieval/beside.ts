/**
 * One question to the other clients and to the archives, side by side and hedged. Whoever finds something first is
 * believed, for everything verifies; what differs is whom it burdens, and who can say that there is nothing more. So the
 * archives can be given to wait, or the other clients' answer be held back while the archives may still give theirs.
 */
import type { HoldfastError } from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { abortedError, holdfastErrorOf } from '../../errors.js';
import { Stopper, type StopSignal } from '../../stopper.js';

export interface Beside<FromClients, FromArchives> {
  readonly clock: Clock;
  readonly signal: StopSignal | undefined;
  /** Undefined when nothing was found, or nobody can be asked. */
  readonly clients: (signal: StopSignal) => Promise<FromClients | undefined>;
  /** Missing when they are not to be asked. */
  readonly archives: ((signal: StopSignal) => Promise<FromArchives>) | undefined;
  /** The archives are asked after so long, or once the clients have nothing. */
  readonly archivesAfterMs: number;
  /** What clients have found counts only after so long, or once the archives have failed. */
  readonly clientsHeldMs: number;
}

/** What is undefined has not answered yet. */
export interface BesideOutcome<FromClients, FromArchives> {
  readonly clients?: { readonly found: FromClients | undefined };
  readonly archives?: { readonly found: FromArchives } | { readonly error: HoldfastError };
}

/** Resolves with what had come when one of them was enough, or neither had anything; rejects with `aborted` only. */
export function askBeside<FromClients, FromArchives>(
  question: Beside<FromClients, FromArchives>,
): Promise<BesideOutcome<FromClients, FromArchives>> {
  const { clock, signal, archivesAfterMs, clientsHeldMs } = question;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortedError());
    const done = new Stopper();
    const stopTimers: (() => void)[] = [];
    let clients: BesideOutcome<FromClients, FromArchives>['clients'];
    let archives: BesideOutcome<FromClients, FromArchives>['archives'];
    let isHeld = clientsHeldMs > 0;
    let areArchivesAsked = false;

    const settle = (act: () => void): void => {
      if (done.aborted) return;
      for (const stop of stopTimers) stop();
      signal?.removeEventListener('abort', abort);
      act();
      done.abort();
    };
    const abort = (): void => settle(() => reject(abortedError()));
    const look = (): void => {
      const haveArchivesFailed =
        question.archives === undefined || (archives !== undefined && 'error' in archives);
      const isEnough =
        (archives !== undefined && 'found' in archives) ||
        (clients?.found !== undefined && (!isHeld || haveArchivesFailed)) ||
        (clients !== undefined && haveArchivesFailed);
      if (isEnough) {
        settle(() =>
          resolve({
            ...(clients === undefined ? {} : { clients }),
            ...(archives === undefined ? {} : { archives }),
          }),
        );
      } else if (clients !== undefined && clients.found === undefined) askArchives();
    };
    const askArchives = (): void => {
      if (areArchivesAsked || question.archives === undefined || done.aborted) return;
      areArchivesAsked = true;
      question.archives(done).then(
        (found) => {
          archives = { found };
          look();
        },
        (thrown: unknown) => {
          archives = { error: holdfastErrorOf(thrown) };
          look();
        },
      );
    };
    const after = (delayMs: number, call: () => void): void => {
      if (delayMs === 0) call();
      else if (delayMs < Infinity) stopTimers.push(clock.after(delayMs, call));
    };

    signal?.addEventListener('abort', abort);
    question
      .clients(done)
      .catch(() => undefined)
      .then((found) => {
        clients = { found };
        look();
      });
    after(archivesAfterMs, askArchives);
    after(clientsHeldMs, () => {
      isHeld = false;
      look();
    });
  });
}
