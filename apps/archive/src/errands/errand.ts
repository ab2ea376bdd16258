/** What has to be done about one crate at one other archive (spec/custody.md, "Errands"), and what has become of it. */
import {
  HoldfastError,
  isErrorCode,
  type CrateState,
  type ErrorCode,
  type Offer,
  type ProvableCrate,
} from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { retryDelayMs } from './backoff.js';

export type Task = 'bring' | 'tell';

/** One thing to be done at one archive, and what is known here of its crate. */
export interface Errand {
  readonly crate: ProvableCrate;
  readonly task: Task;
  /** How many have failed. */
  readonly attempts: number;
  readonly state: CrateState;
  readonly sizeBytes: number;
  readonly expiryHour: number;
  readonly proof: Uint8Array | null;
  /** The crate's other holders. */
  readonly others: readonly string[];
}

/** Done where there is no code; else to be tried again. */
export interface SettledErrand {
  readonly errand: Errand;
  /** Who answered there. */
  readonly archive?: string | undefined;
  readonly custody?: string | undefined;
  readonly code?: string | undefined;
  readonly nextAttemptAt?: number | undefined;
}

/** @param until when there may be room again: at most as far as this archive would wait by itself */
export function later(errand: Errand, code: ErrorCode, until?: unknown): SettledErrand {
  const now = Date.now();
  const own = now + retryDelayMs(errand.attempts + 1, Math.random());
  const latest = now + archiveLimits.errandRetryMsMax;
  const nextAttemptAt = typeof until === 'number' ? Math.min(latest, Math.max(own, until * 1000)) : own;
  return { errand, code, nextAttemptAt };
}

/** The code that another archive has answered with, where it is one that is known here. */
export const codeOf = (code: string | undefined): ErrorCode =>
  code !== undefined && isErrorCode(code) ? code : 'answer-invalid';

export const offerOf = ({ crate, sizeBytes, expiryHour, others }: Errand): Offer => ({
  crate: crate.id,
  sizeBytes,
  expiryHour,
  holders: [...others],
});

/** In JSON; both are generous. */
export const tellBytes = (): number => 256;
export const offerBytes = ({ others }: Errand): number =>
  others.reduce((sum, url) => sum + url.length + 4, 256);

export function asHoldfast(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  throw error;
}
