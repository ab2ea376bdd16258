import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { isErrorCode, limits, type Answer } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import pg from 'pg';
import { WebSocket } from 'ws';
import { archiveLimits } from '../src/limits.js';
import { sampleRecord } from './record-samples.js';
import { SocketClient } from './socket-client.js';

let archive: ArchiveProcess;
let database: pg.Client;

beforeAll(async () => {
  archive = await bootArchive();
  database = new pg.Client({ connectionString: archive.databaseUrl });
  await database.connect();
}, 120_000);

afterAll(async () => {
  await database.end();
  await archive.destroy();
});

/** Whatever was tried: nothing of it was stored, and the archive still does its work. */
afterEach(async () => {
  const { rows } = await database.query(
    `select (select count(*) from record)::int + (select count(*) from crate)::int as count`,
  );
  expect(rows).toEqual([{ count: 0 }]);
  const { client } = await SocketClient.connect(archive.url);
  const { jws } = await sampleRecord();
  expect(await client.ask({ op: 'publish', record: jws })).toMatchObject({ status: 'stored' });
  await client.close();
  await database.query('truncate record, retraction');
});

interface Vector {
  readonly name: string;
  readonly record: string | readonly (string | { readonly repeat: string; readonly times: number })[];
  readonly expect: { readonly ok: boolean; readonly code?: string };
}

const vectors = new URL('../../../vectors/records.json', import.meta.url);
const invalid = (JSON.parse(readFileSync(vectors, 'utf8')) as { cases: Vector[] }).cases
  .filter(({ expect }) => !expect.ok)
  .map(({ name, record, expect }) => ({
    name,
    code: expect.code!,
    record:
      typeof record === 'string'
        ? record
        : record
            .map((piece) => (typeof piece === 'string' ? piece : piece.repeat.repeat(piece.times)))
            .join(''),
  }));

/** The vectors have a clock of their own: by ours the record may be too early, too late, or neither. */
const codesFor = (code: string) => [code, 'record-from-future', 'record-expired'];
const isAboutTime = (code: string) => code === 'record-from-future' || code === 'record-expired';

const post = (body: string | Uint8Array, type: string | undefined = 'application/x-ndjson') =>
  fetch(`${archive.url}/v1/records`, {
    method: 'POST',
    body: body as BodyInit,
    headers: type === undefined ? {} : { 'content-type': type },
  });

async function expectProblem(answer: Response, code: string): Promise<void> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(await answer.json()).toMatchObject({ code, status: answer.status });
}

/** Sends bytes as they are, and answers everything that comes back until the other side ends. */
async function raw(bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(archive.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

describe('records that are none', () => {
  it('are refused with their codes over WebSocket, on a connection that goes on', async () => {
    const { client } = await SocketClient.connect(archive.url);
    for (const { name, record, code } of invalid.filter(({ code }) => !isAboutTime(code))) {
      const answer = await client.ask({ op: 'publish', record });
      expect({ name, answer }).toEqual({
        name,
        answer: expect.objectContaining({ op: 'error', retryable: false }),
      });
      expect(codesFor(code)).toContain((answer as { code: string }).code);
    }
    await client.close();
  });

  it('are refused line by line over HTTP, in their order', async () => {
    const cases = invalid.filter(({ code, record }) => !isAboutTime(code) && !/[\r\n]/.test(record));
    const answer = await post(cases.map(({ record }) => `${record}\n`).join(''));
    expect(answer.status).toBe(200);
    const lines = (await answer.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { status: string; code: string });
    expect(lines).toHaveLength(cases.length);
    lines.forEach(({ status, code }, index) => {
      expect(status).toBe('refused');
      expect(codesFor(cases[index]!.code)).toContain(code);
    });
  });

  it('are refused when they are anything but text', async () => {
    const { client } = await SocketClient.connect(archive.url);
    for (const record of [null, 1, {}, [], true, { toString: 'x' }]) {
      expect(await client.ask({ op: 'publish', record })).toMatchObject({
        op: 'error',
        code: 'request-malformed',
      });
    }
    await client.close();
  });
});

describe('bodies of POST /v1/records', () => {
  it.each([
    undefined,
    'text/plain',
    'application/json',
    'multipart/form-data; boundary=x',
    'nonsense',
    '*/*',
  ])('are refused with the content type %s', async (type) => {
    const answer = await post(new Uint8Array([120]), type ?? '');
    await expectProblem(answer, 'media-type-unsupported');
    expect(answer.status).toBe(415);
  });

  it('are refused when they are empty, not UTF-8, too many lines, or too long', async () => {
    await expectProblem(await post(''), 'request-malformed');
    await expectProblem(await post(Buffer.from([0x65, 0xff, 0xfe])), 'request-malformed');
    await expectProblem(await post('x\n'.repeat(limits.publishLinesMax + 1)), 'request-too-large');
    await expectProblem(await post('\n'.repeat(1_000_000)), 'request-too-large');
    const head = `POST /v1/records HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\n`;
    expect(await raw(`${head}content-length: ${limits.publishBodyBytesMax + 1}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 413 [^]*request-too-large/,
    );
    expect(await raw(`${head}content-length: 99999999999999999999\r\n\r\n`)).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(await raw(`${head}transfer-encoding: chunked\r\n\r\nzz\r\n`)).toMatch(/^HTTP\/1.1 4\d\d /);
  });
});

describe('addresses', () => {
  const parameterCases: [parameters: string, code: string][] = [
    ['limit=0', 'filter-invalid'],
    ['limit=501', 'filter-invalid'],
    ['limit=-1', 'filter-invalid'],
    ['limit=1e2', 'filter-invalid'],
    ['limit=99999999999999999999', 'filter-invalid'],
    ['since=yesterday', 'filter-invalid'],
    ['since=1.5', 'filter-invalid'],
    ['until=99999999999999', 'filter-invalid'],
    ['author=alice', 'filter-invalid'],
    [`author=${'A'.repeat(43)}`, 'filter-invalid'],
    ['collection=UPPER', 'filter-invalid'],
    [`key=${'k'.repeat(257)}`, 'filter-invalid'],
    ['topic=', 'filter-invalid'],
    ['topic=%00', 'filter-invalid'],
    ['q=', 'filter-invalid'],
    [`q=${'x'.repeat(257)}`, 'filter-invalid'],
    ['history=maybe', 'filter-invalid'],
    ['limit=1&limit=2', 'filter-invalid'],
    ['limit[]=1', 'filter-invalid'],
    ['__proto__=1', 'filter-invalid'],
    ['constructor=1', 'filter-invalid'],
    ['unknown=1', 'filter-invalid'],
    ['cursor=x', 'cursor-invalid'],
    ["cursor=1-1-'%20or%20'1'='1", 'cursor-invalid'],
    [`cursor=${'1'.repeat(129)}`, 'filter-invalid'],
  ];
  const named = parameterCases.map(
    ([parameters, code]) => [parameters.slice(0, 30), parameters, code] as const,
  );
  it.each(named)('with ?%s are refused', async (_name, parameters, code) => {
    const answer = await fetch(`${archive.url}/v1/records?${parameters}`);
    expect(answer.status).toBe(400);
    await expectProblem(answer, code);
  });

  it('of records that are none are refused', async () => {
    for (const id of [
      'x',
      'A'.repeat(42),
      'A'.repeat(44),
      `${'A'.repeat(42)}B`,
      '%00',
      '..%2f..%2fetc%2fpasswd',
      '%F0%28',
    ])
      expect((await fetch(`${archive.url}/v1/records/${id}`)).status).toBe(400);
    await expectProblem(await fetch(`${archive.url}/v1/records/${'A'.repeat(43)}`), 'record-not-found');
  });

  it('of a megabyte are refused', async () => {
    const answer = await raw(`GET /v1/records?q=${'x'.repeat(1024 * 1024)} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d [^]*application\/problem\+json/);
  });
});

describe('frames', () => {
  it.each<[string, unknown, string]>([
    ['an unknown operation', { op: 'dance' }, 'op-unknown'],
    ['an operation of every object', { op: 'toString' }, 'op-unknown'],
    ['no operation', {}, 'op-unknown'],
    ['an unknown member', { op: 'get', id: 'A'.repeat(43), more: 1 }, 'request-malformed'],
    ['an unknown filter member', { op: 'query', filter: { colour: 'red' } }, 'filter-invalid'],
    ['an absurd limit', { op: 'query', filter: { limit: 1e9 } }, 'filter-invalid'],
    ['a filter that is a list', { op: 'query', filter: [] }, 'filter-invalid'],
    ['a filter for words in a follow', { op: 'follow', filter: { q: 'kelp' } }, 'filter-invalid'],
    ['a cursor of elsewhere', { op: 'follow', filter: {}, cursor: '5-AAAAAA' }, 'cursor-invalid'],
    ['a cancel of nothing that can be cancelled', { op: 'cancel', target: 0 }, 'request-malformed'],
  ])('with %s get their code', async (_what, request, code) => {
    const { client } = await SocketClient.connect(archive.url);
    expect(await client.ask(request as Record<string, unknown>)).toMatchObject({
      op: 'error',
      code,
      retryable: false,
    });
    expect(await client.ask({ op: 'query', filter: {} })).toMatchObject({ op: 'page' });
    await client.close();
  });

  it('whose numbers are none get an error without a number', async () => {
    const socket = new WebSocket(`${archive.url.replace('http', 'ws')}/v1/ws`);
    await once(socket, 'message');
    for (const n of ['0', '-1', '1.5', '"1"', 'null', '1e400', '{}']) {
      socket.send(`{"op":"query","n":${n},"filter":{}}`);
      const [data] = (await once(socket, 'message')) as [Buffer];
      const answer = JSON.parse(data.toString()) as Answer;
      expect(answer).toMatchObject({ op: 'error', code: 'request-malformed' });
      expect(answer).not.toHaveProperty('n');
      socket.send('{"op":"query","n":1,"filter":{}}');
      await once(socket, 'message');
    }
    socket.close();
  });

  it('of the largest size, nested as deep as they are long, cost an error each', async () => {
    const socket = new WebSocket(`${archive.url.replace('http', 'ws')}/v1/ws`);
    await once(socket, 'message');
    const half = limits.frameSizeBytesMax / 2 - 100;
    for (const frame of [
      `{"op":"query","n":1,"filter":${'['.repeat(half)}${']'.repeat(half)}}`,
      `{"op":"query","n":1,"filter":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}}`,
      `{${Array.from({ length: 100_000 }, (_, index) => `"m${index}":1`).join()}}`,
      '"'.repeat(limits.frameSizeBytesMax),
      ' '.repeat(limits.frameSizeBytesMax),
    ]) {
      socket.send(frame);
      const [data] = (await once(socket, 'message')) as [Buffer];
      const { code } = JSON.parse(data.toString()) as { code: string };
      expect(isErrorCode(code)).toBe(true);
    }
    socket.close();
  });

  it('that break WebSocket end the connection with the code of RFC 6455', async () => {
    const closeCodeAfter = async (send: (socket: WebSocket) => void) => {
      const socket = new WebSocket(`${archive.url.replace('http', 'ws')}/v1/ws`);
      await once(socket, 'message');
      send(socket);
      const [code] = (await once(
        socket.on('error', () => undefined),
        'close',
      )) as [number];
      return code;
    };
    const bytes = (socket: WebSocket) => (socket as unknown as { _socket: NodeJS.WritableStream })._socket;
    expect(await closeCodeAfter((socket) => socket.send('x'.repeat(limits.frameSizeBytesMax + 1)))).toBe(
      1009,
    );
    expect(await closeCodeAfter((socket) => socket.send(Buffer.from([0xc3, 0x28]), { binary: false }))).toBe(
      1007,
    );
    expect(await closeCodeAfter((socket) => bytes(socket).write(Buffer.from([0x81, 0x02, 0x7b, 0x7d])))).toBe(
      1002,
    );
    expect(await closeCodeAfter((socket) => bytes(socket).write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0])))).toBe(
      1002,
    );
  });

  it('that are malformed again and again end the connection', async () => {
    const socket = new WebSocket(`${archive.url.replace('http', 'ws')}/v1/ws`);
    await once(socket, 'message');
    for (let i = 0; i < archiveLimits.malformedFramesMax; i++) socket.send('{}');
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1008);
  });

  it('that ask for more at once than a connection may are refused one by one', async () => {
    const { client } = await SocketClient.connect(archive.url);
    const follows = Array.from({ length: limits.followsPerConnectionMax + 3 }, () =>
      client.send({ op: 'follow', filter: {} }),
    );
    for (const n of follows.slice(-3))
      expect(await client.next('error', n)).toMatchObject({ code: 'quota-exceeded', retryable: true });
    for (const n of follows.slice(0, -3)) expect(await client.next('caught-up', n)).toMatchObject({ n });
    await client.close();
  });
});
