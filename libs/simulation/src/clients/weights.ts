/**
 * What a message weighs on its way: its own bytes, and what carries them. A relayed frame is signed (137 bytes, and 140
 * more with its ticket), in base64 inside of JSON, in a WebSocket inside of TLS. A direct packet is three bytes of its
 * own in SCTP and DTLS. IP's own headers are not counted, in either case.
 */
import type { Message } from '@holdfast/dht';

/** `before` the message is put into `factor` times its size, `around` comes after that. */
export interface Wrapping {
  readonly before: number;
  readonly factor: number;
  readonly around: number;
}

export interface Weights {
  readonly messageBytes: (message: Message) => number;
  readonly direct: Wrapping;
  readonly relayed: Wrapping;
  readonly relayedWithTicket: Wrapping;
}

export const frameBytes = 137;
const ticketBytes = 140;
const base64 = 4 / 3;
/** `{"op":"relay","n":…,"to":{"node":…,"archive":…},"frame":…}` */
const jsonBytes = 149;
const webSocketBytes = 8;
const tlsBytes = 22;
export const dtlsAndSctpBytes = 65;

const relayed = { before: frameBytes, factor: base64, around: jsonBytes + webSocketBytes + tlsBytes };

export const weightsOf = (messageBytes: (message: Message) => number): Weights => ({
  messageBytes,
  direct: { before: 3, factor: 1, around: dtlsAndSctpBytes },
  relayed,
  relayedWithTicket: { ...relayed, before: frameBytes + ticketBytes },
});

export const bytesOf = ({ before, factor, around }: Wrapping, bytes: number): number =>
  Math.ceil((before + bytes) * factor) + around;

/** `{"op":"joined",…}` with its ticket and eight contacts, `{"node":…,"archive":…}`; `nearby` and its answer. */
export const joinBytes = { sent: 330, received: 1_450 } as const;
export const nearbyBytes = { sent: 120, received: 980 } as const;
/** An offer or an answer of WebRTC with its candidates, sealed. */
export const signalBytes = 1_400;
