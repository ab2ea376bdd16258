/**
 * Asks several archives for the same thing, hedged: the next one is asked when the one before has failed, or has been
 * silent for a while. The first answer that lacks nothing counts; one that may lack something is kept while an archive
 * that claims more is asked too, and counts when that one fails or is silent for a while.
 */
import { HoldfastError } from '@holdfast/protocol/core';
import type { Clock } from '../clock.js';
import { abortedError, holdfastErrorOf } from '../errors.js';
import type { ArchiveLink } from '../link/archive-link.js';
import { Stopper, type StopSignal } from '../stopper.js';
import type { Attempt } from './records-contract.js';

export interface HedgeSettings<T> {
  readonly clock: Clock;
  readonly hedgeMs: number;
  readonly signal: StopSignal | undefined;
  /** What was tried before. */
  readonly tried: readonly Attempt[];
  /** What an answer may lack, 0 for nothing: the smaller the better. Any answer does when missing. */
  readonly lackOf?: (value: T, link: ArchiveLink) => number;
  /** The same before the archive has answered. */
  readonly claimOf?: (link: ArchiveLink) => number;
}

export interface Hedged<T> {
  readonly value: T;
  readonly link: ArchiveLink;
  /** 0 when the answer lacks nothing. */
  readonly lack: number;
  readonly tried: readonly Attempt[];
}

export function askHedged<T>(
  links: readonly ArchiveLink[],
  ask: (link: ArchiveLink, signal: StopSignal) => Promise<T>,
  { clock, hedgeMs, signal, tried: before, lackOf = () => 0, claimOf = () => 0 }: HedgeSettings<T>,
): Promise<Hedged<T>> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortedError());
    const done = new Stopper();
    /** Why it has failed, undefined for one that has answered. */
    const outcomes = new Map<ArchiveLink, HoldfastError | undefined>();
    const asked: ArchiveLink[] = [];
    let best: Omit<Hedged<T>, 'tried'> | undefined;
    let stopTimer = (): void => undefined;
    const tried = (): Attempt[] => [
      ...before,
      ...asked.filter((link) => outcomes.has(link)).map((link) => attemptOf(link, outcomes.get(link))),
    ];
    const settle = (act: () => void): void => {
      if (done.aborted) return;
      stopTimer();
      signal?.removeEventListener('abort', abort);
      act();
      done.abort();
    };
    const abort = (): void => settle(() => reject(abortedError()));
    /** Whether its answer would be better than the best one so far. */
    const isHopeful = (link: ArchiveLink): boolean => best === undefined || claimOf(link) < best.lack;
    const goOn = (isLate = false): void => {
      stopTimer();
      if (done.aborted) return;
      const link = links.find((one) => !asked.includes(one) && isHopeful(one));
      if (link === undefined) {
        const isAwaited = asked.some((one) => !outcomes.has(one) && isHopeful(one));
        const found = best;
        if (found !== undefined && (isLate || !isAwaited))
          settle(() => resolve({ ...found, tried: tried() }));
        else if (found !== undefined) stopTimer = clock.after(hedgeMs, () => goOn(true));
        else if (!isAwaited) settle(() => reject(tellingError([...outcomes.values()], tried())));
        return;
      }
      asked.push(link);
      stopTimer = clock.after(hedgeMs, () => goOn(true));
      ask(link, done).then(
        (value) => {
          outcomes.set(link, undefined);
          const lack = lackOf(value, link);
          if (best === undefined || lack < best.lack) best = { value, link, lack };
          goOn();
        },
        (thrown: unknown) => {
          outcomes.set(link, holdfastErrorOf(thrown));
          goOn();
        },
      );
    };
    signal?.addEventListener('abort', abort);
    goOn();
  });
}

/** Of several failures the one that says most: what an archive answered rather than that another was not there. */
function tellingError(
  outcomes: readonly (HoldfastError | undefined)[],
  tried: readonly Attempt[],
): HoldfastError {
  const errors = outcomes.filter((error) => error !== undefined);
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
