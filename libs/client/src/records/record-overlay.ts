/**
 * What the reader and the publisher want of the overlay. It is loaded on demand, so they know it by this port only; a
 * client without one has the archives alone.
 */
import type { HoldfastRecord, QueryFilter } from '@holdfast/protocol/core';
import type { StopSignal } from '../stopper.js';
import type { Attempt, FoundRecord, Place, RecordPage } from './records-contract.js';

export interface OverlayGet {
  readonly via: readonly Place[];
  readonly signal: StopSignal | undefined;
  /** What was tried before. */
  readonly tried: readonly Attempt[];
}

export interface OverlayQuery {
  readonly signal: StopSignal | undefined;
  /** Whether the archives' answer is waited for as long as there can be one. */
  readonly isWhole: boolean;
}

/** Asks the archives; `tried` of what it answers begins with them. */
export type AskArchives<T> = (signal: StopSignal) => Promise<T>;

export interface RecordOverlay {
  /** From the other clients and, hedged, from the archives. */
  get(id: string, how: OverlayGet, archives: AskArchives<FoundRecord>): Promise<FoundRecord>;
  query(filter: QueryFilter, how: OverlayQuery, archives: AskArchives<RecordPage>): Promise<RecordPage>;
  /** One's own, kept for others at once, whatever becomes of its delivery. */
  published(record: HoldfastRecord, delivery: Promise<unknown>): void;
}
