/** What goes into and comes out of the records part of the client. */
import type { ErrorCode, HoldfastRecord, Json, PublishStatus } from '@holdfast/protocol/core';
import type { Waiting } from '../waiting.js';

/** A record that is not signed yet. Times are NumericDate, whole seconds. */
export interface RecordDraft {
  readonly collection: string;
  readonly body: Json;
  /** Names the thing of which the record is a revision. */
  readonly key?: string;
  readonly topics?: readonly string[];
  /** Ids of records that this one answers, quotes or retracts. */
  readonly refs?: readonly string[];
  readonly exp?: number;
  /** Now, when missing; with a key, later than every revision of that key that was made with this storage. */
  readonly iat?: number;
}

/** A draft to be signed, or a signed record, as compact JWS or as object. */
export type PublishItem = RecordDraft | HoldfastRecord | string;

export interface PublishReceipt {
  readonly id: string;
  /** `known`: the archive held it already. `retracted`: only a tombstone is kept of it. */
  readonly status: PublishStatus;
  /** The id of the archive that promised to keep it. */
  readonly archive: string;
}

export interface PublishOutcome {
  /** The place of the item in the source, from 0. */
  readonly index: number;
  /** Missing when the item could not even be signed or read. */
  readonly id?: string;
  readonly status: PublishStatus | 'refused';
  /** Why, when it was refused. */
  readonly code?: ErrorCode;
  readonly detail?: string;
}

export interface PublishProgress {
  readonly done: number;
  readonly stored: number;
  readonly known: number;
  readonly retracted: number;
  readonly refused: number;
}

export interface PublishManyOptions extends Waiting {
  /** How many are unanswered at a time. */
  readonly inFlight?: number;
  /** Called after every item. */
  readonly onProgress?: (progress: PublishProgress, outcome: PublishOutcome) => void;
}

export interface PublishSummary extends PublishProgress {
  /** The refused ones; at most limits.refusalsListedMax, the first ones. */
  readonly refusals: readonly PublishOutcome[];
}

/** Where an answer came from: this client itself, other clients, through a ring of the DHT or by flood, or an archive. */
export type Source =
  | { readonly kind: 'local' }
  | { readonly kind: 'dht'; readonly ring: number }
  | { readonly kind: 'flood' }
  | { readonly kind: 'archive'; readonly archive: string; readonly url: string };

/**
 * Where records are looked for: what this client has read or still has to publish, the other clients (by the DHT's
 * rings, and by asking neighbours) when the client has an overlay, and the archives.
 */
export type Place = 'local' | 'dht' | 'flood' | 'archive';

export interface GetOptions extends Waiting {
  /** The places that are asked, in the order of `Place`, hedged; all of them when missing. */
  readonly via?: readonly Place[];
}

/** One place that was asked, and why it did not answer; without a code it did, be it that `source` answered better. */
export interface Attempt {
  readonly place: Place;
  readonly url?: string;
  readonly code?: ErrorCode;
}

export interface FoundRecord {
  readonly record: HoldfastRecord;
  readonly source: Source;
  readonly tried: readonly Attempt[];
}

export interface RecordPage {
  readonly records: readonly HoldfastRecord[];
  /** Goes into the filter of the next query; missing when this was the last page. */
  readonly cursor?: string;
  /**
   * Whether the archive claims to have everything that the filter takes, of the time that the page covers: from its
   * last record on where there are further pages, else from the filter's `since`, or ever. Other clients claim nothing.
   */
  readonly complete: boolean;
  readonly source: Source;
  readonly tried: readonly Attempt[];
}

export interface FollowOptions extends Waiting {
  /**
   * A cursor of an earlier follow, the beginning of every archive's log (default when the filter has a `since`), or
   * what is committed from now on (default otherwise).
   */
  readonly from?: string | 'start' | 'now';
  /**
   * Keeps the place in the storage under this name. A later follow of that name goes on there, whatever `from` says.
   * An item counts as done when the next one is asked for.
   */
  readonly name?: string;
  /** Called whenever an archive has nothing further for now, with its url. */
  readonly onCaughtUp?: (url: string) => void;
}

export interface RecordFollow extends AsyncIterableIterator<HoldfastRecord> {
  /** The place after the record that was handed out last: `from` of a later follow with the same archives. */
  readonly cursor: string;
}
