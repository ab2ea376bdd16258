/**
 * What runs on a connection once both archives have proved who they are: the ports between peers, gossip and the relay.
 */
import type { Channel } from '@holdfast/gossip';
import type { HoldfastError } from '@holdfast/protocol';

export interface LinkedPeer {
  /** The peer's id. */
  readonly id: string;
  /** Whether this archive has made the connection; at the other end it is the other way round. */
  readonly dialedByUs: boolean;
}

export interface LinkEnd {
  /** An error's code; undefined when it was in order. `peer-misbehaved` by us marks the peer. */
  readonly code?: string | undefined;
  readonly detail?: string | undefined;
  /** Whether this side ended it, or was told of the end. */
  readonly by: 'us' | 'them';
}

/** Since the link was opened; what is not known yet is undefined. */
export interface LinkStats {
  /** How many entries of the peer's log are still to be looked at, and how old the oldest of them is. */
  readonly lagRecords: number | undefined;
  readonly lagSeconds: number | undefined;
  /** Bodies that came over this link, and that went. */
  readonly recordsFetched: number;
  readonly recordsServed: number;
  /** When the sets were last compared, milliseconds since 1970, and in how many records they differed. */
  readonly comparedAtMs: number | undefined;
  readonly differed: number | undefined;
}

/** Each list of ids ends at a bound, the counts do not. */
export interface ComparedSets {
  readonly onlyHere: readonly string[];
  readonly onlyThere: readonly string[];
  readonly onlyHereCount: number;
  readonly onlyThereCount: number;
  /** The comparison came to its end; otherwise there may be more than the counts say. */
  readonly isComplete: boolean;
}

export interface LinkSession {
  /** A text frame of the peer, in order. */
  received(frame: string): void;
  /** The connection is over; nothing can be sent any more. */
  closed(error?: HoldfastError): void;
  /** The session closes its channel itself; this says why. It also resolves once it was told of the end. */
  readonly ended: Promise<LinkEnd>;
  readonly stats: LinkStats;
  /** Compares the sets now, and takes nothing in. */
  compareNow(): Promise<ComparedSets>;
}

export interface LinkOpener {
  open(peer: LinkedPeer, channel: Channel): LinkSession;
}

/** For what may be lost, on the same connection as gossip, which it never holds back. */
export interface LossyChannel {
  /**
   * False: it is lost, because the peer does not read what it is sent, or the connection is over.
   * @param message kept until it has left, so no part of anything larger
   */
  offer(message: string | Uint8Array): boolean;
  /** Ends the connection, and marks the peer. */
  misbehaved(detail: string): void;
}

export interface RelaySession {
  /**
   * False: the message is none of the relay's, but gossip's. All that is binary is the relay's.
   * @param message not kept when this returns
   */
  received(message: string | Uint8Array): boolean;
  closed(): void;
}

/** What runs beside gossip where both archives relay between clients. */
export interface RelayOpener {
  open(peer: LinkedPeer, channel: LossyChannel): RelaySession;
}
