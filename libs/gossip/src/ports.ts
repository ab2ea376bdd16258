/**
 * What a link between two archives needs of the archive it runs in. The same link runs on PostgreSQL in an archive and
 * in memory in a simulation. All ids are base64url; times are seconds unless a name says otherwise.
 */
import type { HoldfastError, PublishStatus, Scope } from '@holdfast/protocol';
import type { SetStorage } from '@holdfast/reconcile';

/** The scopes of both sides: a record is meant when every one of them holds it. */
export type AgreedScope = readonly Scope[];

export interface News {
  /** In the order of the log, without what was retracted. */
  readonly ids: readonly string[];
  /** Everything up to here has been looked at: the next question begins after it. */
  readonly upTo: number;
  /** How long ago the entry at `upTo` was stored; 0 when it is the last one. */
  readonly ageSeconds: number;
  /** The last seq of the log. */
  readonly last: number;
}

export interface Page {
  readonly records: readonly string[];
  readonly upTo: number;
  readonly last: number;
}

export interface FoundRecords {
  readonly records: readonly string[];
  /** Ids of records that are not here, or were retracted. What is in neither list did not fit: ask again. */
  readonly gone: readonly string[];
}

/** What became of one record: its status here, or why it was refused. */
export type TakenIn = PublishStatus | HoldfastError;

/** The archive's records: as a source for the other side, and as a taker of what the other side has. */
export interface RecordStore {
  /** How many records of the scope are held, roughly where an exact answer costs a scan. */
  count(scope: AgreedScope): Promise<number>;
  /** The last committed seq, 0 when the log is empty. Whoever sees it sees every smaller one. */
  lastSeq(): Promise<number>;
  /** At most `newsIdsMax` ids after `after`, at once. Rejects with `cursor-invalid` when `after` was never handed out. */
  newsAfter(after: number, scope: AgreedScope): Promise<News>;
  /**
   * Records after `after` in the order of the log, at most `pageBytesMax` (one at least) and `pageRecordsMax`. Rejects as
   * `newsAfter` does.
   */
  pageAfter(after: number, scope: AgreedScope): Promise<Page>;
  /** Resolves when the log has grown beyond `seq`, or the signal is aborted. */
  beyond(seq: number, signal: AbortSignal): Promise<void>;
  /** At most `answerBytesMax` of bodies, but one at least of those that are here; in the order of the ids. */
  recordsOf(ids: readonly string[]): Promise<FoundRecords>;
  /** Those of the ids that are neither held nor known to be retracted, in their order. */
  missing(ids: readonly string[]): Promise<string[]>;
  /**
   * One path with what clients publish: verified in full, committed, answered in the order given; but also what has
   * expired is kept. Rejects when the database is away or there is too much to do: nothing is known then, try again.
   */
  takeIn(records: readonly string[]): Promise<TakenIn[]>;
  /** The set of the records held that are in scope, as it stands now; times are `iat`. */
  openSet(scope: AgreedScope): Promise<ReconcilableSet>;
}

/** A set whose items may have to be fetched: `run` calls the step as often as it needs to have at hand what it reads. */
export interface ReconcilableSet {
  readonly size: number;
  /** @param step pure and synchronous; it is called again from its start */
  run<Outcome>(step: (storage: SetStorage) => Outcome): Promise<Outcome>;
  close(): void;
}

export type DepartureWay = 'ack' | 'discard' | 'recall';

export interface Departure {
  readonly crate: string;
  readonly way: DepartureWay;
  readonly proof: string;
}

/** How crates have left on a proof. Expiry is not told: everybody's own clock knows it. */
export interface DepartureStore {
  /** At most `departuresMax` crates, in the order in which they left. */
  after(cursor: number): Promise<{ readonly crates: readonly string[]; readonly upTo: number }>;
  last(): Promise<number>;
  beyond(cursor: number, signal: AbortSignal): Promise<void>;
  /** Those of the crates that wait here. */
  waitingAmong(crates: readonly string[]): Promise<string[]>;
  /** Of those that left here on a proof. */
  proofsOf(crates: readonly string[]): Promise<Departure[]>;
  /**
   * Checks each proof against the crate that is held. True where the crate has left by now, in whatever way, or was never
   * here; false where it waits and the proof does not fit.
   */
  depart(departures: readonly Departure[]): Promise<boolean[]>;
}

/** How far this archive has got with one peer; survives restarts. */
export interface Progress {
  /** In the peer's log: everything up to here is here, or was refused for good. */
  readonly records: number;
  /** `snapshot`: the pages up to `records` are here; the set has not been compared yet. */
  readonly stage: 'snapshot' | 'live';
  readonly departures: number;
  /** The agreed scope that it was reached for (`scopeNameOf`): another one begins anew. */
  readonly scope: string;
}

export interface ProgressStore {
  load(): Promise<Progress | undefined>;
  save(progress: Progress): Promise<void>;
  /** Both sets have been the same, or were made the same: the horizon of the peer holds here too. */
  synced(theirHorizon: number | undefined): Promise<void>;
}

export interface PeerExchange {
  /** Trusted peers that this archive tells of. */
  known(): Promise<readonly ProposedPeer[]>;
  propose(peers: readonly ProposedPeer[]): Promise<void>;
}

export interface ProposedPeer {
  readonly id: string;
  readonly url: string;
}

/** One connection to the peer, which has proved who it is. Text frames, in order; `link.closed` is told of its end. */
export interface Channel {
  /** Resolves when the other side has read enough of what was sent before. Rejects once the connection is over. */
  send(frame: string): Promise<void>;
  /** @param code an error code, or undefined for an orderly end */
  close(code?: string, detail?: string): void;
}

/** Time and chance come from outside (principle 5). */
export interface Surroundings {
  /** Never goes back, and never jumps: deadlines rest on it. */
  nowMs(): number;
  /** 0 <= it < 1 */
  random(): number;
  /** Resolves after so long, or when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
