/** What runs on a connection once both archives have proved who they are: the port between peers and gossip. */
import type { Channel } from '@holdfast/gossip';
import type { ErrorCode, HoldfastError } from '@holdfast/protocol';

export interface LinkedPeer {
  /** The peer's id. */
  readonly id: string;
  /** The one that dialed begins what only one of the two should begin. */
  readonly dialedByUs: boolean;
}

export interface LinkEnd {
  /** Why it ended; undefined when it was in order. `peer-misbehaved` marks the peer. */
  readonly code?: ErrorCode;
  readonly detail?: string;
}

/** Since the link was opened. */
export interface LinkStats {
  /** How many entries of the peer's log are still to be looked at, and how old the oldest of them is. */
  readonly lagRecords: number;
  readonly lagSeconds: number;
  /** Bodies that were taken in from the peer, and that were handed to it. */
  readonly recordsFetched: number;
  readonly recordsServed: number;
  /** Comparisons that came to their end, and the ids in which the sets differed. */
  readonly compares: number;
  readonly differences: number;
}

/** Ids that only one of the two has; each list ends at a bound, the counts do not. */
export interface ComparedSets {
  readonly here: number;
  readonly there: number;
  readonly onlyHere: readonly string[];
  readonly onlyThere: readonly string[];
  /** The comparison stopped at a bound: there is more than the counts say. */
  readonly isPartial: boolean;
}

export interface LinkSession {
  /** A text frame of the peer, in order. */
  received(frame: string): void;
  /** The connection is over; nothing can be sent any more. */
  closed(error?: HoldfastError): void;
  /** The session closes its channel itself; this says why. */
  readonly ended: Promise<LinkEnd>;
  readonly stats: LinkStats;
  /** Compares the sets now, and takes nothing in. */
  compareNow(): Promise<ComparedSets>;
}

export interface LinkOpener {
  open(peer: LinkedPeer, channel: Channel): LinkSession;
}
