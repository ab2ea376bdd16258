import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { openSocket } from './open-socket-node.js';
import type { Socket, SocketMessage } from './socket.js';

let server: WebSocketServer;
let socket: Socket;

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
});
afterEach(() => {
  socket.close();
  for (const client of server.clients) client.terminate();
  server.close();
});

it('brings text and bytes in their order, both ways, and bytes that are a part of nothing larger', async () => {
  const sent: readonly SocketMessage[] = ['hello', Uint8Array.of(1, 2, 3), '', new Uint8Array(0), 'ü'];
  server.on('connection', (other) => {
    for (const message of sent) other.send(message);
    other.on('message', (data, isBinary) => other.send(data as Buffer, { binary: isBinary }));
  });
  const received: SocketMessage[] = [];
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve, reject) => {
    socket = openSocket(`ws://127.0.0.1:${port}`, {
      received: (message) => {
        received.push(message);
        // What has come is said again: it comes back.
        if (received.length === sent.length) for (const each of sent) socket.send(each);
        if (received.length === 2 * sent.length) resolve();
      },
      closed: reject,
    });
  });
  expect(received).toEqual([...sent, ...sent]);
  for (const message of received) {
    if (typeof message !== 'string') expect(message.buffer.byteLength).toBe(message.length);
  }
});
