/**
 * Asks several archives for the same thing, hedged: the next one is asked when the one before has failed, or has been
 * silent for a while. The first success counts.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Clock } from '../clock.js';
import { abortedError, holdfastErrorOf } from '../errors.js';
import type { ArchiveLink } from '../link/archive-link.js';
import { Stopper, type StopSignal } from '../stopper.js';
import type { Attempt } from './records-contract.js';

export interface HedgeSettings {
  readonly clock: Clock;
  readonly hedgeMs: number;
  readonly signal: StopSignal | undefined;
  /** What was tried before. */
  readonly tried: readonly Attempt[];
}

export interface Hedged<T> {
  readonly value: T;
  readonly link: ArchiveLink;
  readonly tried: readonly Attempt[];
}

export function askHedged<T>(
  links: readonly ArchiveLink[],
  ask: (link: ArchiveLink, signal: StopSignal) => Promise<T>,
  { clock, hedgeMs, signal, tried: before }: HedgeSettings,
): Promise<Hedged<T>> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortedError());
    const done = new Stopper();
    const errors = new Map<ArchiveLink, HoldfastError>();
    const asked: ArchiveLink[] = [];
    let stopTimer = (): void => undefined;
    const tried = (answered?: ArchiveLink): Attempt[] => [
      ...before,
      ...asked
        .filter((link) => link === answered || errors.has(link))
        .map((link) => attemptOf(link, errors.get(link))),
    ];
    const settle = (act: () => void): void => {
      if (done.aborted) return;
      stopTimer();
      signal?.removeEventListener('abort', abort);
      act();
      done.abort();
    };
    const abort = (): void => settle(() => reject(abortedError()));
    const askNext = (): void => {
      stopTimer();
      const link = links[asked.length];
      if (link === undefined || done.aborted) return;
      asked.push(link);
      stopTimer = clock.after(hedgeMs, askNext);
      ask(link, done).then(
        (value) => settle(() => resolve({ value, link, tried: tried(link) })),
        (thrown: unknown) => {
          errors.set(link, holdfastErrorOf(thrown));
          if (errors.size === links.length) settle(() => reject(tellingError([...errors.values()], tried())));
          else askNext();
        },
      );
    };
    signal?.addEventListener('abort', abort);
    askNext();
  });
}

/** Of several failures the one that says most: what an archive answered rather than that another was not there. */
function tellingError(errors: readonly HoldfastError[], tried: readonly Attempt[]): HoldfastError {
  const isSilent = ({ code }: HoldfastError): boolean =>
    code === 'archive-unreachable' || code === 'request-timeout';
  const telling = errors.find((error) => !isSilent(error)) ?? errors[0]!;
  const places = tried.map(({ place, url, code }) => `${url ?? place}: ${code ?? 'answered'}`).join(', ');
  return new HoldfastError(
    telling.code,
    telling.message,
    { ...telling.data, tried: places },
    { cause: telling },
  );
}

const attemptOf = (link: ArchiveLink, error: HoldfastError | undefined): Attempt => ({
  place: 'archive',
  url: link.url,
  ...(error === undefined ? {} : { code: error.code }),
});
