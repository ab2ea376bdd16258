import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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
