import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk } from '@holdfast/protocol';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { ArchiveIdentity } from '../platform/archive-identity/archive-identity.js';
import { ArchiveTokens } from '../platform/archive-identity/archive-tokens.js';
import { Introductions } from '../platform/outgoing/introductions.js';
import { PeerAddresses } from '../platform/outgoing/peer-addresses.js';
import { PeerRequests } from '../platform/outgoing/peer-requests.js';
import { dialPeer, relayHeader } from './dial-peer.js';
import type { PeerConnection } from './peer-connection.js';

/** What the archive at the other end does with a handshake. */
type Door = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

let server: Server;
let identity: ArchiveIdentity;
let dialer: ArchiveIdentity;
let door: Door;
let dialed: PeerConnection[];
const requests = new PeerRequests(new PeerAddresses(() => true));
const sockets = new WebSocketServer({ noServer: true });

beforeEach(async () => {
  identity = await ArchiveIdentity.of(await generatePrivateJwk());
  dialer = await ArchiveIdentity.of(await generatePrivateJwk());
  dialed = [];
  server = createServer((_request, response) => {
    const time = Math.floor(Date.now() / 1000);
    response.end(JSON.stringify({ id: identity.id, protocols: ['holdfast/1'], time }));
  });
  server.on('upgrade', (request, socket, head) => door(request, socket as Socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const connection of dialed) connection.terminate();
  for (const client of sockets.clients) client.terminate();
  server.closeAllConnections();
  server.close();
});

async function dial(id = identity.id, answerMsMax = 5_000): Promise<PeerConnection> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const init = {
    introductions: new Introductions(requests),
    addresses: new PeerAddresses(() => true),
    tokens: new ArchiveTokens(dialer),
    ownUrl: () => 'http://127.0.0.1:1',
    endorsements: () => [],
    answerMsMax,
  };
  const connection = await dialPeer({ id, url }, init, new AbortController().signal);
  dialed.push(connection);
  return connection;
}

const letIn =
  (work: (webSocket: WebSocket, token: string) => void | Promise<void>, more: readonly string[] = []): Door =>
  (request, socket, head) => {
    sockets.once('headers', (headers) => headers.push(...more));
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      void work(webSocket, request.headers.authorization!.slice('Bearer '.length));
    });
  };
const relaying = [`${relayHeader}: 1`];
const proofFor = async (token: string, by = identity): Promise<string> => {
  const request = { path: '/v1/peers', body: Buffer.from(token) } as const;
  const proof = await new ArchiveTokens(by).issue(dialer.id, request, 'http://127.0.0.1:2', Date.now());
  return JSON.stringify({ op: 'proof', token: proof });
};
const answering =
  (head: string, body = ''): Door =>
  (_request, socket) =>
    socket.end(`HTTP/1.1 ${head}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);

/** The first messages that come. */
async function heard(connection: PeerConnection, count: number): Promise<(string | Buffer)[]> {
  const messages: (string | Buffer)[] = [];
  await new Promise<void>((resolve) => {
    connection.listen((message) => {
      if (messages.push(message) === count) resolve();
    });
  });
  return messages;
}

describe('a peer that is dialed', () => {
  it('is linked once it has proved its key, and nothing that it says meanwhile is lost', async () => {
    door = letIn(async (webSocket, token) => {
      const proof = await proofFor(token);
      for (const frame of [proof, 'one', 'two']) webSocket.send(frame);
    });
    const connection = await dial();
    expect(await heard(connection, 2)).toEqual(['one', 'two']);
  });

  it('is heard in frames of nodes, which are binary, when it has said that it relays', async () => {
    door = letIn(async (webSocket, token) => {
      webSocket.send(await proofFor(token));
      for (const message of ['one', Buffer.of(1, 2), 'three']) webSocket.send(message);
    }, relaying);
    expect(await heard(await dial(), 3)).toEqual(['one', Buffer.of(1, 2), 'three']);
  });

  it('ends the link with a binary message when it has not said that it relays', async () => {
    door = letIn(async (webSocket, token) => {
      webSocket.send(await proofFor(token));
      webSocket.send(Buffer.of(1, 2));
    });
    const connection = await dial();
    expect(await connection.closed).toMatchObject({ code: 'peer-misbehaved', by: 'us' });
  });

  it('is not linked when it begins with a binary message, whatever it has said', async () => {
    door = letIn(async (webSocket, token) => webSocket.send(Buffer.from(await proofFor(token))), relaying);
    await expect(dial()).rejects.toMatchObject({ code: 'peer-misbehaved' });
  });

  it('is not linked when another archive answers at its address', async () => {
    await expect(dial(dialer.id)).rejects.toMatchObject({ code: 'archive-foreign' });
  });

  it.each<[string, string, Door]>([
    [
      'does not prove itself but says something',
      'archive-foreign',
      letIn((socket) => socket.send('{"op":"hello"}')),
    ],
    ['says garbage', 'archive-foreign', letIn((socket) => socket.send('\0'.repeat(100_000)))],
    [
      'proves another key',
      'archive-foreign',
      letIn(async (socket, token) => socket.send(await proofFor(token, dialer))),
    ],
    [
      'shows a proof for another token',
      'archive-foreign',
      letIn(async (socket) => socket.send(await proofFor('x'))),
    ],
    [
      'sends our own token back',
      'archive-foreign',
      letIn((socket, token) => socket.send(JSON.stringify({ op: 'proof', token }))),
    ],
    ['sends bytes', 'peer-misbehaved', letIn((socket) => socket.send(Buffer.from('{}')))],
    ['hangs up', 'unavailable', letIn((socket) => socket.close())],
    ['has not approved this archive', 'peer-pending', answering('403 Forbidden', '{"code":"peer-pending"}')],
    ['sends us elsewhere', 'answer-invalid', answering('302 Found\r\nlocation: http://127.0.0.1:1/')],
    ['has no such door', 'answer-invalid', answering('404 Not Found', 'nothing here')],
    ['breaks off', 'archive-unreachable', (_request, socket) => socket.destroy()],
  ])('is refused when it %s: %s', async (_what, code, theirs) => {
    door = theirs;
    await expect(dial()).rejects.toMatchObject({ code });
  });

  it.each<[string, string, number, Door]>([
    ['the handshake', 'archive-unreachable', 200, () => undefined],
    // As long as the handshake before it may take.
    ['the proof', 'request-timeout', 3_000, letIn(() => undefined)],
  ])('is not waited for when it never goes on with %s', async (_what, code, answerMsMax, theirs) => {
    door = theirs;
    await expect(dial(identity.id, answerMsMax)).rejects.toMatchObject({ code });
  });
});
