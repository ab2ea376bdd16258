/** How background work is paced: pauses that end early, bounded concurrency, retries until something is final. */
import { HoldfastError } from '@holdfast/protocol/core';
import type { Clock } from './clock.js';
import { backoffMs, type BackoffSettings } from './link/backoff.js';
import type { StopSignal } from './stopper.js';

/** Resolves after the time, or as soon as the signal aborts or `wake` calls. */
export function pause(
  clock: Clock,
  delayMs: number,
  signal: StopSignal,
  wake: (callback: () => void) => () => void = () => () => undefined,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      stopTimer();
      stopWake();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const stopTimer = clock.after(delayMs, end);
    const stopWake = wake(end);
    signal.addEventListener('abort', end);
  });
}

/** At most so many at a time; the others wait in the order in which they came. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((enter) => this.#waiting.push(enter));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

export interface RetrySettings {
  readonly clock: Clock;
  readonly backoff: BackoffSettings;
  /** Ends the retrying; the last error is then thrown. */
  readonly signal: StopSignal;
  /** Calls back when there is reason to try at once. Answers what takes that off again. */
  readonly wake: (callback: () => void) => () => void;
  /** Whether nothing can help any more, whatever the error. */
  readonly isHopeless?: () => boolean;
}

/**
 * Tries until it succeeds, fails for good, or the signal aborts. `attempt` is told how often it has failed before.
 * An error of another kind than HoldfastError is a mistake in the program and is not tried again.
 */
export async function retrying<T>(
  attempt: (failures: number) => Promise<T>,
  settings: RetrySettings,
): Promise<T> {
  const { clock, backoff, signal, wake, isHopeless } = settings;
  for (let failures = 0; ;) {
    try {
      return await attempt(failures);
    } catch (error) {
      if (!(error instanceof HoldfastError) || isFinal(error) || signal.aborted) throw error;
      if (isHopeless?.() === true) throw error;
      failures++;
      await pause(clock, backoffMs(failures, clock.random(), backoff), signal, wake);
    }
  }
}

/** Refusals that no repetition changes. What is wrong with one archive may be right with another, or tomorrow. */
export function isFinal(error: HoldfastError): boolean {
  return !error.retryable && error.code !== 'answer-invalid' && error.code !== 'archive-foreign';
}
