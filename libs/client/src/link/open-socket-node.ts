/** WebSockets for Node, by `ws`: Node 20 has none of its own that is stable. */
import { WebSocket } from 'ws';
import { limits } from '../limits.js';
import type { OpenSocket } from './socket.js';

/** How long the other side may take to agree to a close before the socket is destroyed. */
const closeTimeoutMs = 1_000;

export const openSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: limits.answerSizeBytesMax,
    handshakeTimeout: limits.connectTimeoutMs,
    closeTimeout: closeTimeoutMs,
  } as WebSocket.ClientOptions);
  let failure: string | undefined;
  socket.on('message', (data: Buffer, isBinary: boolean) =>
    // Bytes are copied: ws hands over a part of all that came at once, which would be kept for as long as the part is.
    events.received(isBinary ? new Uint8Array(data) : data.toString('utf8')),
  );
  socket.on('error', (error) => {
    failure = describe(error);
  });
  socket.on('close', (code, reason) => {
    events.closed(
      failure ?? `The connection ended (${code}${reason.length > 0 ? `: ${reason.toString()}` : ''}).`,
    );
  });
  return { send: (message) => socket.send(message), close: () => socket.close() };
};

/** A refused connection to "localhost" is an AggregateError without a message of its own. */
function describe(error: Error): string {
  if (error.message !== '') return error.message;
  const { errors } = error as Partial<AggregateError>;
  return (errors?.[0] as Error | undefined)?.message ?? 'The connection failed.';
}
