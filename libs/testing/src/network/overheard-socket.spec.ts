import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { NetworkPath } from './network-path.js';
import type { OverheardMessage } from './overheard-socket.js';

const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

describe('what is overheard on a path', () => {
  it('are the text messages of both sides, whole and in order', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => socket.send(isBinary ? 'binary' : `re: ${String(data)}`));
    });
    const heard: OverheardMessage[] = [];
    const { port } = server.address() as AddressInfo;
    const path = await NetworkPath.open(`http://127.0.0.1:${port}`, (message) => heard.push(message));
    opened.push(server, path);
    const client = new WebSocket(`${path.url.replace('http', 'ws')}/door`, { perMessageDeflate: false });
    opened.push({ close: () => client.terminate() });
    await once(client, 'open');
    const long = 'tide '.repeat(60_000);
    const middling = 'kelp '.repeat(100);
    let answers = 0;
    const answered = new Promise<void>((resolve) => client.on('message', () => ++answers === 5 && resolve()));
    client.send('');
    client.ping();
    client.send(middling);
    client.send(long.slice(0, 100), { fin: false });
    client.send(long.slice(100), { fin: true });
    client.send('Strömung');
    client.send(Buffer.from('x'));
    await answered;
    expect(heard.filter(({ way }) => way === 'forth').map(({ text }) => text)).toEqual([
      '',
      middling,
      long,
      'Strömung',
      'x',
    ]);
    expect(heard.filter(({ way }) => way === 'back').map(({ text }) => text)).toEqual([
      're: ',
      `re: ${middling}`,
      `re: ${long}`,
      're: Strömung',
      'binary',
    ]);
  });

  it('is nothing of what is no WebSocket', async () => {
    const server = createServer((_request, response) => response.end('\r\n\r\n\u0081\u0001x'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const heard: OverheardMessage[] = [];
    const path = await NetworkPath.open(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      (message) => heard.push(message),
    );
    opened.push(server, path);
    const [answer] = (await once(get(path.url, { agent: false }), 'response')) as [IncomingMessage];
    await once(answer.resume(), 'end');
    expect(path.counters.bytesBack).toBeGreaterThan(0);
    expect(heard).toEqual([]);
  });
});
