/** The platform's own WebSocket: what browsers use. Node takes open-socket-node.ts in its place (package.json, imports). */
import type { OpenSocket } from './socket.js';

export const openSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url);
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) =>
    events.received(typeof data === 'string' ? data : undefined),
  );
  socket.addEventListener('close', ({ code, reason }) => {
    events.closed(reason === '' ? `The connection ended (${code}).` : `The connection ended: ${reason}`);
  });
  return { send: (text) => socket.send(text), close: () => socket.close() };
};
