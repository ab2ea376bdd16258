/**
 * What a message weighs on its way: its own bytes, and what carries them. A relayed frame is signed (137 bytes, and 140
 * more with its ticket), behind the relay's head in a binary message of a WebSocket, inside of TLS. A direct packet is
 * three bytes of its own in SCTP and DTLS. IP's own headers are not counted, in either case.
 */
import type { Message } from '@holdfast/dht';

/** Bytes: of a message, and of what is around it on each way. */
export interface Weights {
  readonly messageBytes: (message: Message) => number;
  readonly direct: number;
  readonly relayed: number;
  readonly relayedWithTicket: number;
}

export const frameBytes = 137;
const ticketBytes = 140;
/** `kind (1) | n (4) | archive (32)` (spec/relay.md, "Frames") */
const relayHeadBytes = 37;
const webSocketBytes = 8;
const tlsBytes = 22;
const packetHeadBytes = 3;
export const dtlsAndSctpBytes = 65;

const relayed = frameBytes + relayHeadBytes + webSocketBytes + tlsBytes;

export const weightsOf = (messageBytes: (message: Message) => number): Weights => ({
  messageBytes,
  direct: packetHeadBytes + dtlsAndSctpBytes,
  relayed,
  relayedWithTicket: relayed + ticketBytes,
});

/** `{"op":"joined",…}` with its ticket and eight contacts, `{"node":…,"archive":…}`; `nearby` and its answer. */
export const joinBytes = { sent: 330, received: 1_450 } as const;
export const nearbyBytes = { sent: 120, received: 980 } as const;
/** An offer or an answer of WebRTC with its candidates, sealed. */
export const signalBytes = 1_400;
