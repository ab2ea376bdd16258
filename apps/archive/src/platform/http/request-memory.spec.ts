import { afterEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { archiveLimits } from '../../limits.js';
import { takeBodies } from './request-bodies.js';
import { createHttpAdapter } from './server.js';

const MiB = 1024 * 1024;

let server: FastifyInstance;
let port: number;
let pages: number;
let asked: number;
let gone: (value?: unknown) => void;
const sockets: Socket[] = [];

interface Bounds {
  readonly bodies?: number;
  readonly answers?: number;
  readonly answerMsMax?: number;
  readonly graceMs?: number;
}

/** What listens here: `GET /page` answers much, `POST /body` says how much it was sent. */
async function listen(bounds: Bounds): Promise<void> {
  const patience = { ...archiveLimits, answerMsMax: bounds.answerMsMax ?? 60_000 };
  const memory = {
    requestBodiesBytesMax: bounds.bodies ?? 64 * MiB,
    unreadAnswersBytesMax: bounds.answers ?? 1024 * MiB,
    cutOffGraceMs: bounds.graceMs ?? 0,
  };
  server = createHttpAdapter(() => false, patience, memory).getInstance() as unknown as FastifyInstance;
  takeBodies(server, { url: '/body', mediaTypes: ['application/octet-stream'], bytesMax: MiB });
  pages = 0;
  asked = 0;
  server.get('/page', async () => {
    pages += 1;
    return 'x'.repeat(16 * MiB);
  });
  server.get('/late', async (request) => {
    asked += 1;
    await once(request.raw.socket, 'close');
    setImmediate(gone);
    return 'x'.repeat(16 * MiB);
  });
  server.get('/little', async () => 'little');
  server.post('/body', async (request) => ({ bytes: (request.body as Buffer).length }));
  server.post('/other', async () => 'other');
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = (server.server.address() as AddressInfo).port;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.server.closeAllConnections();
  await server.close();
});

async function open(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

const head = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const bodyHead = (bytes: number) =>
  `POST /body HTTP/1.1\r\nhost: x\r\ncontent-type: application/octet-stream\r\ncontent-length: ${bytes}\r\n\r\n`;
const url = (path: string) => `http://127.0.0.1:${port}${path}`;
const post = (path: string, bytes: number) =>
  fetch(url(path), {
    method: 'POST',
    body: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream' },
  });
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

describe('requests of one connection', () => {
  it('are answered one after the other, in their order', async () => {
    await listen({});
    const socket = await open();
    let said = '';
    socket.setEncoding('latin1').on('data', (text: string) => (said += text));
    socket.write(head('/little').repeat(10) + bodyHead(5) + 'hello' + head('/little').repeat(5));
    await until(() => said.split('HTTP/1.1 200').length === 17);
    expect(said.split('HTTP/1.1 200').findIndex((answer) => answer.includes('{"bytes":5}'))).toBe(11);
  });

  it('are not worked at while the answer before them is unread', async () => {
    await listen({});
    const socket = await open();
    socket.pause();
    socket.write(head('/page').repeat(10));
    await until(() => pages === 1);
    expect(await (await fetch(url('/little'))).text()).toBe('little');
    expect(pages).toBe(1);
  });

  it('cut it off when there are too many of them', async () => {
    await listen({});
    const socket = await open();
    socket.resume().write(head('/little').repeat(archiveLimits.pipelinedRequestsMax + 2));
    await once(socket, 'close');
  });
});

describe('answers that nobody reads', () => {
  it('are cut off after their time', async () => {
    await listen({ answerMsMax: 50 });
    const accepted = once(server.server, 'connection') as Promise<[Socket]>;
    const socket = await open();
    socket.pause();
    socket.write(head('/page'));
    const [served] = await accepted;
    await once(served, 'close');
    expect(pages).toBe(1);
  });

  it('hold nothing when whoever asked has gone before they were ready', async () => {
    await listen({ answers: 40 * MiB, graceMs: 60_000 });
    for (let i = 0; i < 4; i++) {
      const socket = await open();
      const left = new Promise((resolve) => (gone = resolve));
      socket.write(head('/late'));
      await until(() => asked === i + 1);
      socket.destroy();
      await left;
    }
    expect((await (await fetch(url('/page'))).text()).length).toBe(16 * MiB);
  });

  it('give way to those that are asked for now', async () => {
    await listen({ answers: 40 * MiB });
    for (let i = 1; i <= 2; i++) {
      const socket = await open();
      socket.pause();
      socket.write(head('/page'));
      await until(() => pages === i);
    }
    expect((await (await fetch(url('/page'))).text()).length).toBe(16 * MiB);
  });

  it('are refused when they are larger than the room there is', async () => {
    await listen({ answers: MiB });
    const answer = await fetch(url('/page'));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ code: 'overloaded', retryable: true });
  });
});

describe('bodies', () => {
  it('take no room by being announced', async () => {
    await listen({ bodies: MiB });
    for (let i = 0; i < 8; i++) (await open()).write(`${bodyHead(MiB)}x`);
    expect(await (await post('/body', MiB - 100)).json()).toEqual({ bytes: MiB - 100 });
  });

  it('that have taken longest give way when the room is used up', async () => {
    await listen({ bodies: MiB });
    const slow = await open();
    let said = '';
    slow.setEncoding('latin1').on('data', (text: string) => (said += text));
    slow.write(bodyHead(MiB));
    slow.write(Buffer.alloc(MiB - 1));
    await until(() => server.bodyMemory.usedBytes === MiB - 1);
    expect(await (await post('/body', 1000)).json()).toEqual({ bytes: 1000 });
    await once(slow, 'close');
    expect(said).toMatch(/^HTTP\/1\.1 /);
    await until(() => server.bodyMemory.usedBytes === 0);
  });

  it('are taken at the address that asked for them only', async () => {
    await listen({});
    expect((await post('/other', 10)).status).not.toBe(200);
    expect((await post('/body', MiB + 1)).status).not.toBe(200);
  });
});
