/** What the archive knows of a crate (DESIGN.md, "Crates"): it is accepted, then leaves once, in one of four ways. */
import { lastHourOf, type CrateState, type Way, type WayOut } from '@holdfast/protocol';
import type { QuotaName } from './quotas/quota-exceeded.js';
import type { NamedHolder } from './holders/holder.js';

export type HeldState = Exclude<CrateState, 'unknown'>;
export type { WayOut };

/** A crate that asks to be taken in. Its bytes have been parsed and its id computed. */
export interface ArrivingCrate {
  readonly id: string;
  readonly mailbox: string;
  readonly envelope: Uint8Array;
  readonly expiryHour: number;
  readonly nonce: Uint8Array;
  readonly ackHash: Uint8Array;
  readonly recallHash: Uint8Array;
  /** Other archives that have it, or are to have it. */
  readonly holders?: readonly NamedHolder[];
}

/** A crate that has been taken in: `seq` is its place in the order of arrival within the mailbox. */
export interface StoredCrate extends ArrivingCrate {
  readonly seq: string;
}

/** What is kept of a crate also after it has left. */
export interface HeldCrate {
  readonly id: string;
  readonly mailbox: string;
  readonly nonce: Uint8Array;
  readonly ackHash: Uint8Array;
  readonly recallHash: Uint8Array;
  readonly state: HeldState;
  readonly sizeBytes: number;
  readonly expiryHour: number;
  /** What let it go: the ackSecret, the mailbox's discard signature or the recallSecret. */
  readonly proof: Uint8Array | null;
}

/**
 * `stored`: now, at its place in the order of arrival. `held`: before, perhaps gone since. `full`: refused, there is no
 * room.
 */
export type Arrival =
  | { readonly kind: 'stored'; readonly seq: string }
  | { readonly kind: 'held'; readonly state: HeldState }
  | { readonly kind: 'full'; readonly quota: QuotaName };

export interface Departure {
  readonly id: string;
  readonly state: WayOut;
  readonly proof: Uint8Array | null;
  /** The archive that has told of it, which need not be told. */
  readonly toldBy?: string;
}

/** The proof that a crate in this state has left on; none for one that waits, or has expired. */
export const wayOf: Partial<Record<CrateState, Way>> = {
  delivered: 'ack',
  discarded: 'discard',
  recalled: 'recall',
};

/** Of one mailbox, or of all of them: what waits there, or what may. */
export interface Usage {
  readonly crates: number;
  readonly bytes: number;
}

const hourSeconds = 3600;

/** What may wait in a mailbox that somebody has collected since `since` and that is on no card. */
export interface PairwiseQuota extends Usage {
  readonly since: Date;
}

/** The hour that a time is in, since 1970. */
export const hourOf = (timeMs: number): number => Math.floor(timeMs / 1000 / hourSeconds);

/** The last expiry hour that is over. */
export const lastExpiredHour = (nowMs: number): number => lastHourOf('expired', nowMs / 1000);

/** The last expiry hour whose tombstones no clock within the skew needs any more. */
export const lastForgettableHour = (nowMs: number): number => lastHourOf('forgettable', nowMs / 1000);
