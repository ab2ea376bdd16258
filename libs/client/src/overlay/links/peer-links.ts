/**
 * The port behind which direct links to other clients are made: a data channel that carries whole packets, beside the
 * relayed path and never instead of it. How two sides find each other (offers, answers, candidates) is opaque bytes that
 * the owner carries to the other side on whatever path there is; they went through signed frames, so who is at the other
 * end of a link that has opened is known, and its packets are not signed (spec/dht.md, "Paths").
 */
import type { Contact, Key } from '@holdfast/dht';
import type { Clock } from '../../clock.js';
import type { LinkEnd } from './link-negotiation.js';

export interface PeerLinks {
  /** Ids of the links that are open. */
  readonly open: readonly Key[];

  /**
   * Begins to make a link. Nothing happens when there is one, one is being made, or there is no room: links are a
   * bettering, and nobody waits for them.
   */
  connect(to: Contact): void;

  /** What the other side wants to be known, as its `signal` handed it over; whatever it is, it never throws. */
  signalled(from: Contact, bytes: Uint8Array): void;

  /** False when there is no open link, the packet is too large for it, or what waits to be sent there is too much. */
  send(id: Key, packet: Uint8Array): boolean;

  /** Ends one link; `closed` is called for it when it was open. */
  disconnect(id: Key): void;

  /** Ends all of them, for good: no event is called any more, and the process may end. */
  close(): void;
}

/** Called outside of the calls of `PeerLinks`, never within one. */
export interface PeerLinkEvents {
  /** To be brought to that contact, in their order where the path keeps it; at most dhtLimits.deliverBytesMax bytes. */
  signal(to: Contact, bytes: Uint8Array): void;
  opened(id: Key): void;
  packet(id: Key, bytes: Uint8Array): void;
  /** Called once for every `opened`. Links that never opened are not spoken of. */
  closed(id: Key, why: LinkEnd): void;
}

export interface PeerLinksParts {
  readonly self: Contact;
  readonly clock: Clock;
  readonly events: PeerLinkEvents;
}

/** Answers undefined where the platform has no direct links. */
export type MakePeerLinks = (parts: PeerLinksParts) => PeerLinks | undefined;
