/**
 * What a direct link needs of WebRTC: one connection with one data channel, which one side offers and the other answers.
 * Browsers bring it along; in Node it is an optional package (open-peer-connection-node.ts).
 */
import type { Candidate } from './signal.js';

export interface PeerConnection {
  /** The other side's answer to one's own offer. */
  answered(sdp: string): void;
  /** Only after the other side's description is known here. */
  reachableAt(candidates: readonly Candidate[]): void;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  /** Throws when the channel is not open, or cannot take it. */
  send(message: Uint8Array<ArrayBuffer>): void;
  /** No event is called any more. */
  close(): void;
}

/** Called outside of the calls of `PeerConnection`; what they throw is lost. */
export interface PeerConnectionEvents {
  /** One's own offer, or answer. */
  described(sdp: string): void;
  /** Where this side may be reached. */
  candidate(candidate: Candidate): void;
  /** There will be no further candidates. */
  gathered(): void;
  opened(): void;
  /** A text message is handed over as undefined. */
  message(bytes: Uint8Array | undefined): void;
  /** Whether there is no working path at the moment: it may come back. */
  wavering(isWavering: boolean): void;
  ended(): void;
}

/** A server that tells a side how it looks from outside (STUN), or relays for it (TURN). */
export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface ConnectionSettings {
  /** None unless asked for: then no third party is contacted, and only the machine's own addresses are offered. */
  readonly iceServers?: readonly IceServer[];
  /** Node only: the one address to use, for tests on loopback. */
  readonly bindAddress?: string;
}

/** @param offer of the other side, to be answered; without it one is made */
export type OpenPeerConnection = (offer: string | undefined, events: PeerConnectionEvents) => PeerConnection;

/** Undefined where this platform cannot. */
export type LoadPeerConnections = (settings: ConnectionSettings) => Promise<OpenPeerConnection | undefined>;
