import { describe, expect, it } from '@jest/globals';
import { isErrorCode, limits, type Answer } from '@holdfast/protocol';
import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { archiveLimits } from '../src/limits.js';
import { connectClient, keepUnharmed, openSocket } from './unharmed-archive.js';

keepUnharmed();

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
    const client = await connectClient();
    expect(await client.ask(request as Record<string, unknown>)).toMatchObject({
      op: 'error',
      code,
      retryable: false,
    });
    expect(await client.ask({ op: 'query', filter: {} })).toMatchObject({ op: 'page' });
    await client.close();
  });

  it('whose numbers are none get an error without a number', async () => {
    const socket = await openSocket();
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
    const socket = await openSocket();
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
      const socket = await openSocket();
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
    const socket = await openSocket();
    for (let i = 0; i < archiveLimits.malformedFramesMax; i++) socket.send('{}');
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1008);
  });

  it('that ask for more at once than a connection may are refused one by one', async () => {
    const client = await connectClient();
    const follows = Array.from({ length: limits.followsPerConnectionMax + 3 }, () =>
      client.send({ op: 'follow', filter: {} }),
    );
    for (const n of follows.slice(-3))
      expect(await client.next('error', n)).toMatchObject({ code: 'quota-exceeded', retryable: true });
    for (const n of follows.slice(0, -3)) expect(await client.next('caught-up', n)).toMatchObject({ n });
    await client.close();
  });
});
