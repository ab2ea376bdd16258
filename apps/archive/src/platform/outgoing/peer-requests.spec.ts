import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { PeerAddresses } from './peer-addresses.js';
import { PeerRequests } from './peer-requests.js';

const servers: Server[] = [];
const opened: PeerRequests[] = [];
afterEach(() => {
  for (const requests of opened.splice(0)) requests.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function open(allowsPrivate = true): PeerRequests {
  const requests = new PeerRequests(new PeerAddresses(() => allowsPrivate));
  opened.push(requests);
  return requests;
}

const get = (requests: PeerRequests, url: string, bounds = {}) =>
  requests.send({ method: 'GET', url, answerBytesMax: 1_000, msMax: 60_000, ...bounds });

describe('a request to another archive', () => {
  it('brings the status and the body, whatever the status is', async () => {
    const port = await serve((_request, response) => response.writeHead(507).end('full'));
    const { status, body } = await get(open(), `http://localhost:${port}/`);
    expect([status, String(body)]).toEqual([507, 'full']);
  });

  it('is not sent to addresses that are not public, unless private ones are allowed', async () => {
    let asked = 0;
    const port = await serve((_request, response) => response.end(String(++asked)));
    const urls = [
      `http://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      `http://[::1]:${port}`,
      `http://127.1:${port}`,
    ];
    for (const url of urls) {
      await expect(get(open(false), url)).rejects.toMatchObject({ code: 'address-refused' });
    }
    await expect(get(open(true), 'http://169.254.169.254/')).rejects.toMatchObject({
      code: 'address-refused',
    });
    expect(asked).toBe(0);
  });

  it('follows no redirect', async () => {
    let asked = 0;
    const port = await serve((_request, response) => {
      asked += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await get(open(), `http://127.0.0.1:${port}/`)).toMatchObject({ status: 302 });
    expect(asked).toBe(1);
  });

  it('ends when the answer is too long', async () => {
    const port = await serve((_request, response) => {
      response.write('x'.repeat(2_000));
    });
    const answer = get(open(), `http://127.0.0.1:${port}/`);
    await expect(answer).rejects.toMatchObject({ code: 'answer-invalid' });
  });

  it('ends when the answer does not come, or does not end, in time', async () => {
    const silent = await serve(() => undefined);
    const endless = await serve((_request, response) => void response.write('x'));
    for (const port of [silent, endless]) {
      const answer = get(open(), `http://127.0.0.1:${port}/`, { msMax: 200 });
      await expect(answer).rejects.toMatchObject({ code: 'request-timeout' });
    }
  });

  it.each([
    [
      'takes the connection for something else',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    ],
    ['is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['is cut off', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{'],
    ['has a head without end', `HTTP/1.1 200 OK\r\n${'x-more: x\r\n'.repeat(10_000)}`],
  ])('ends when what answers %s', async (_what, answer) => {
    const server = createSocketServer((socket) => void socket.on('error', () => undefined).end(answer));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(get(open(), `http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'archive-unreachable',
    });
    server.close();
  });

  it('unpacks nothing: what is small on the way is small here', async () => {
    const packed = gzipSync(Buffer.alloc(1_000_000));
    expect(packed.length).toBeGreaterThan(900);
    const port = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBeUndefined();
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed.subarray(0, 900));
    });
    expect((await get(open(), `http://127.0.0.1:${port}/`)).body).toHaveLength(900);
  });

  it('says that an archive cannot be reached, or that this one is stopping', async () => {
    const requests = open();
    const port = await serve(() => undefined);
    servers.pop()!.close();
    await expect(get(requests, `http://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'archive-unreachable',
    });
    const silent = await serve(() => requests.close());
    await expect(get(requests, `http://127.0.0.1:${silent}/`)).rejects.toMatchObject({
      code: 'archive-unreachable',
    });
  });
});
