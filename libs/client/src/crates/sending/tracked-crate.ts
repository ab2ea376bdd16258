/**
 * A crate that is on its way, with what this process has tried and been told about it. What must outlive the process
 * stands in `CrateKnowledge`; losing the rest costs a repeated deposit or question, and no promise.
 */
import { limits as wire } from '@holdfast/protocol';
import type { CrateKnowledge, SentCrate } from './sent-store.js';

/** Deposits of one crate at one archive that have not succeeded. */
export interface DepositAttempts {
  readonly count: number;
  /** Since the last success. */
  readonly failures: number;
  readonly isRunning: boolean;
  /** Milliseconds since 1970; missing while one is running. */
  readonly nextAt?: number;
  readonly code?: string;
  /** Which quota, where the archive said so. */
  readonly quota?: string;
  /** The archive has no room until about then: another candidate may take its place. */
  readonly isRefused?: boolean;
}

/** What an entry archive says of its bringing the crate to another one. */
export interface BringingErrand {
  readonly via: string;
  readonly attempts: number;
  /** NumericDate, seconds. */
  readonly nextAttemptAt?: number;
  readonly code?: string;
}

export interface TrackedCrate {
  readonly sent: SentCrate;
  known: CrateKnowledge;
  /** By URL. */
  readonly attempts: Map<string, DepositAttempts>;
  /** URLs of archives to which a deposit is on the wire: nobody can say whether they have the crate. */
  readonly uncertain: Set<string>;
  /** By the URL that the crate is brought to. */
  readonly errands: Map<string, BringingErrand>;
  /** URLs that an entry archive says it has brought the crate to. */
  readonly brought: Set<string>;
  /** URLs of archives that had the crate and do not know it any more. */
  readonly lostAt: Set<string>;
  /** By URL, the connection of a link on which its archive has last confirmed what it knows of the crate. */
  readonly confirmedIn: Map<string, number>;
  /** Archives, by URL and by id, that have said that they do not hold it since it was recalled. */
  readonly notHeldAt: Set<string>;
  /** A recall that is being tried. */
  recalling: Promise<void> | undefined;
  /** What was told of as unbelievable, so that it is told once. */
  readonly doubted: Set<string>;
  /** When the next deposit is due, with what takes it back. */
  stopTimer: (() => void) | undefined;
}

type Crate = Pick<TrackedCrate, 'known' | 'notHeldAt'>;

export const trackedCrate = (sent: SentCrate, known: CrateKnowledge): TrackedCrate => ({
  sent,
  known,
  attempts: new Map(),
  uncertain: new Set(),
  errands: new Map(),
  brought: new Set(),
  lostAt: new Set(),
  confirmedIn: new Map(),
  notHeldAt: new Set(),
  recalling: undefined,
  doubted: new Set(),
  stopTimer: undefined,
});

/** Whether every archive that it was ever sent to has said that it does not hold it. */
export const isHeldNowhere = ({ known, notHeldAt }: Crate): boolean =>
  Object.entries(known.places ?? {}).every(
    ([url, archive]) => notHeldAt.has(url) || notHeldAt.has(archive),
  ) && Object.keys(known.custody ?? {}).every((archive) => notHeldAt.has(archive));

/**
 * Whether nobody can have it any more, by every clock that is right enough; what no archive was ever given, by the one
 * here.
 *
 * @param now NumericDate, seconds
 */
export function isExpired({ sent, known }: TrackedCrate, now: number): boolean {
  const isNowhere = known.progress === 'local' && Object.keys(known.places ?? {}).length === 0;
  return now >= sent.expiresAt + (isNowhere ? 0 : wire.clockSkewSecondsMax);
}
