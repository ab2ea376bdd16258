import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { sampleRecord } from './record-samples.js';
import { SocketClient } from './socket-client.js';

const socketUrl = (url: string) => `${url.replace('http', 'ws')}/v1/ws`;

async function expectToWork(url: string): Promise<void> {
  const { client } = await SocketClient.connect(url);
  const { jws, id } = await sampleRecord();
  expect(await client.ask({ op: 'publish', record: jws })).toMatchObject({
    op: 'published',
    id,
    status: 'stored',
  });
  await client.close();
}

/** Opens connections a few at a time, as many as are asked for. */
async function openMany(url: string, count: number): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  const openInTurn = async () => {
    while (sockets.length < count) {
      const socket = new WebSocket(socketUrl(url), { perMessageDeflate: false });
      sockets.push(socket);
      await once(socket, 'open');
    }
  };
  await Promise.all(Array.from({ length: 100 }, openInTurn));
  return sockets;
}

/** Linux only, as /proc is; other systems count as using nothing. */
function residentMb(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
  } catch {
    return 0;
  }
}

describe('an archive with many connections', () => {
  let archive: ArchiveProcess;
  beforeAll(async () => (archive = await bootArchive()));
  afterAll(() => archive.destroy());

  it('serves while ten thousand are idle, and holds little memory for each', async () => {
    const before = residentMb(archive.pid);
    const sockets = await openMany(archive.url, 10_000);
    expect(sockets.every(({ readyState }) => readyState === WebSocket.OPEN)).toBe(true);
    await expectToWork(archive.url);
    expect(residentMb(archive.pid) - before).toBeLessThan(350);
    for (const socket of sockets) socket.terminate();
    await expectToWork(archive.url);
  });

  it('serves while hundreds of sockets have said half a request, or nothing', async () => {
    const { hostname, port } = new URL(archive.url);
    const openings = [
      '',
      'GET /v1/ws HTTP/1.1\r\nhost: x\r\nupgrade: webs',
      'POST /v1/records HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\ncontent-type: application/x-ndjson\r\n\r\nabc',
    ];
    const sockets: Socket[] = [];
    for (let i = 0; i < 600; i++) {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      sockets.push(socket);
      await once(socket, 'connect');
      socket.write(openings[i % openings.length]!);
    }
    await expectToWork(archive.url);
    sockets.forEach((socket, index) => (index % 2 === 0 ? socket.resetAndDestroy() : socket.destroy()));
    await expectToWork(archive.url);
  });

  it('survives handshakes that are wrong, and says what is wrong with them', async () => {
    const handshake = (path: string, headers: Record<string, string>) =>
      new Promise<string>((resolve) => {
        const { hostname, port } = new URL(archive.url);
        const socket = connect(Number(port), hostname);
        let text = '';
        socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        socket.on('close', () => resolve(text)).on('error', () => resolve(text));
        const lines = Object.entries({ host: 'x', connection: 'Upgrade', ...headers }).map(
          ([k, v]) => `${k}: ${v}`,
        );
        socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      });
    const key = Buffer.alloc(16).toString('base64');
    const good = { upgrade: 'websocket', 'sec-websocket-key': key, 'sec-websocket-version': '13' };
    const cases: [string, Record<string, string>, string][] = [
      ['/v1/ws', { ...good, 'sec-websocket-key': 'short' }, 'request-malformed'],
      ['/v1/ws', { ...good, 'sec-websocket-version': '7' }, 'request-malformed'],
      ['/v1/ws', { upgrade: 'h2c' }, 'request-malformed'],
      ['/v1/ws?x=1', good, 'not-found'],
      ['/v1/records', good, 'not-found'],
    ];
    for (const [path, headers, code] of cases) {
      const answer = await handshake(path, headers);
      expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
      expect(answer).toContain(`"code":"${code}"`);
    }
    await expectToWork(archive.url);
  });
});

describe('an archive with few connections to give', () => {
  it('refuses the next one with its code, and gives away what is closed', async () => {
    const archive = await bootArchive({ settings: { HOLDFAST_CONNECTIONS: '3' } });
    try {
      const sockets = await openMany(archive.url, 3).catch(() => []);
      const refused = new WebSocket(socketUrl(archive.url));
      const [, response] = (await once(refused, 'unexpected-response')) as [
        unknown,
        NodeJS.ReadableStream & { statusCode: number },
      ];
      expect(response.statusCode).toBe(503);
      let body = '';
      for await (const chunk of response) body += String(chunk);
      expect(JSON.parse(body)).toMatchObject({ code: 'too-many-connections', retryable: true });
      for (const socket of sockets) socket.close();
      for (;;) {
        const socket = new WebSocket(socketUrl(archive.url));
        const opened = await Promise.race([
          once(socket, 'open').then(() => true),
          once(socket, 'unexpected-response').then(() => false),
        ]);
        socket.on('error', () => undefined).terminate();
        if (opened) break;
      }
    } finally {
      await archive.destroy();
    }
  });
});

describe('an archive that is stopped', () => {
  it('closes its connections as going away, and ends in order', async () => {
    const archive = await bootArchive();
    try {
      const { client } = await SocketClient.connect(archive.url);
      await client.ask({ op: 'query', filter: {} });
      const socket = new WebSocket(socketUrl(archive.url));
      await once(socket, 'message');
      const closed = once(socket, 'close') as Promise<[number, Buffer]>;
      expect(await archive.stop()).toBe(0);
      expect((await closed)[0]).toBe(1001);
    } finally {
      await archive.destroy();
    }
  });
});
