/** The platform's own WebSocket, for browsers. Node takes open-socket-node.ts in its place (package.json, imports). */
import type { OpenSocket } from './socket.js';

export const openSocket: OpenSocket = (url, events) => {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) =>
    events.received(typeof data === 'string' ? data : new Uint8Array(data)),
  );
  socket.addEventListener('close', ({ code, reason }) => {
    events.closed(reason === '' ? `The connection ended (${code}).` : `The connection ended: ${reason}`);
  });
  return { send: (message) => socket.send(message), close: () => socket.close() };
};
