import { afterEach, describe, expect, it } from '@jest/globals';
import { HoldfastError, limits, type Answer } from '@holdfast/protocol';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { closePairs, connect } from '../../test/connection-pair.js';
import { archiveLimits } from '../limits.js';
import type { Connection } from './operations.js';

afterEach(closePairs);

const get = (n: number) => ({ op: 'get', n, id: 'A'.repeat(43) });
const answerTo = (n: number): Answer => ({ op: 'record', n, record: 'r' });
const relayed = Buffer.concat([Buffer.of(1, 0, 0, 0, 1), Buffer.alloc(limits.nodeFrameBytesMin + 32)]);

describe('a connection', () => {
  it('gives a request to its handler and its answer back', async () => {
    const { client } = await connect({ get: ({ n }, connection) => connection.send(answerTo(n)) });
    client.send(get(5));
    expect(await client.until(1)).toEqual([answerTo(5)]);
  });

  it('answers a coded error with its code, and hides any other', async () => {
    const { client } = await connect({
      get: () => {
        throw new HoldfastError('record-not-found', 'No.');
      },
      query: () => Promise.reject(new Error('secret detail')),
    });
    client.send(get(1));
    client.send({ op: 'query', n: 2, filter: {} });
    const frames = await client.until(2);
    expect(frames).toEqual(
      expect.arrayContaining([
        { op: 'error', n: 1, code: 'record-not-found', detail: 'No.', retryable: false },
        expect.objectContaining({ op: 'error', n: 2, code: 'internal-error', retryable: true }),
      ]),
    );
    expect(JSON.stringify(frames)).not.toContain('secret');
  });

  it.each([
    ['text that is no JSON', 'nonsense', 'request-malformed'],
    ['a list', '[]', 'request-malformed'],
    ['an unknown operation', '{"op":"dance","n":1}', 'op-unknown'],
    ['text as a binary message', Buffer.from('{"op":"get","n":1}'), 'request-malformed'],
    ['an empty binary message', Buffer.alloc(0), 'request-malformed'],
    ['a relayed frame as text', relayed.toString('latin1'), 'request-malformed'],
    ['a million brackets', '['.repeat(1_000_000), 'request-malformed'],
    ['a wrong filter', '{"op":"query","n":1,"filter":{"limit":-1}}', 'filter-invalid'],
  ])('answers %s with a code and goes on', async (_what, frame, code) => {
    const { client } = await connect({ get: ({ n }, connection) => connection.send(answerTo(n)) });
    client.send(frame);
    client.send(get(2));
    expect(await client.until(2)).toEqual([expect.objectContaining({ op: 'error', code }), answerTo(2)]);
  });

  it('closes with 1008 after a row of malformed frames', async () => {
    const { client } = await connect({});
    for (let i = 0; i < archiveLimits.malformedFramesMax; i++) client.send('nonsense');
    expect(await client.closed).toEqual({ code: 1008, reason: 'request-malformed' });
    expect(client.frames).toHaveLength(archiveLimits.malformedFramesMax);
  });

  it('forgives malformed frames when a good one comes between', async () => {
    const { client } = await connect({ get: ({ n }, connection) => connection.send(answerTo(n)) });
    const rounds = archiveLimits.malformedFramesMax * 2;
    for (let i = 1; i <= rounds; i++) {
      client.send('nonsense');
      client.send(get(i));
    }
    expect(await client.until(rounds * 2)).toHaveLength(rounds * 2);
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('closes with 1007 on text that is not UTF-8, and with 1009 on a frame that is too large', async () => {
    const broken = await connect({});
    broken.client.socket.send(Buffer.from([0x7b, 0xff]), { binary: false });
    expect((await broken.client.closed).code).toBe(1007);
    const large = await connect({});
    large.client.send('x'.repeat(limits.frameSizeBytesMax + 1));
    expect((await large.client.closed).code).toBe(1009);
  });

  it('refuses a number that is in use without naming it, so that the first request keeps its answer', async () => {
    let finish = () => {};
    const { client } = await connect({
      get: async ({ n }, connection) => {
        await new Promise<void>((resolve) => (finish = resolve));
        connection.send(answerTo(n));
      },
    });
    client.send(get(1));
    client.send(get(1));
    const [error] = await client.until(1);
    expect(error).toMatchObject({ op: 'error', code: 'request-malformed' });
    expect(error).not.toHaveProperty('n');
    finish();
    expect((await client.until(2))[1]).toEqual(answerTo(1));
  });

  it('refuses what is more than may be in flight, and names it', async () => {
    const { client } = await connect({ get: () => new Promise(() => {}) });
    for (let n = 1; n <= limits.inFlightPerConnectionMax + 1; n++) client.send(get(n));
    expect(await client.until(1)).toEqual([
      expect.objectContaining({
        n: limits.inFlightPerConnectionMax + 1,
        code: 'too-many-in-flight',
        retryable: true,
      }),
    ]);
  });

  it('ends a stream by cancel, and answers with the number of the stream', async () => {
    const cancelled: number[] = [];
    const { client } = await connect({
      follow: ({ n }, connection) => connection.open(n, { kind: 'follow', cancel: () => cancelled.push(n) }),
    });
    client.send({ op: 'follow', n: 1, filter: {} });
    client.send({ op: 'cancel', n: 2, target: 1 });
    expect(await client.until(1)).toEqual([{ op: 'ended', n: 1 }]);
    expect(cancelled).toEqual([1]);
  });

  it('ends the streams and aborts the signal when the other side goes', async () => {
    const ends: string[] = [];
    const { client, connection } = await connect({
      follow: ({ n }, connection) =>
        connection.open(n, { kind: 'follow', cancel: () => ends.push('stream') }),
      get: ({ n }, connection) => connection.send(answerTo(n)),
    });
    client.send({ op: 'follow', n: 1, filter: {} });
    client.send(get(2));
    await client.until(1);
    const aborted = once(connection.closed, 'abort');
    client.socket.terminate();
    await aborted;
    expect(ends).toEqual(['stream']);
  });

  it('closes a connection that does not read what it asked for', async () => {
    let sent = 0;
    const large = 'x'.repeat(1024 * 1024);
    const { client } = await connect({
      get: ({ n }, connection) => {
        sent += 1;
        connection.send({ op: 'record', n, record: large });
      },
    });
    client.socket.pause();
    for (let n = 1; n <= 100; n++) client.send(get(n));
    const ended = client.closed;
    const until = async (condition: () => boolean) => {
      while (!condition()) await new Promise((resolve) => setImmediate(resolve));
    };
    await until(() => sent * large.length >= archiveLimits.unreadBytesMax);
    client.socket.resume();
    expect(await ended).toEqual({ code: 1013, reason: 'too-slow' });
  });

  it('lets a handler wait until the other side has read', async () => {
    const large = 'x'.repeat(1024 * 1024);
    let after = 0;
    const { client } = await connect({
      get: async ({ n }, connection: Connection) => {
        for (let i = 0; i < 50; i++) {
          connection.send({ op: 'record', n, record: large });
          await connection.drained();
          after += 1;
        }
      },
    });
    client.send(get(1));
    await client.until(50);
    expect(after).toBeGreaterThan(40);
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('closes one that holds much of an unfinished frame when all together hold too much', async () => {
    const { client, connection } = await connect({}, 100_000);
    const transport = (client.socket as unknown as { _socket: Socket })._socket;
    // A frame head that announces 1 MiB, masked, and a fifth of it.
    const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4]);
    transport.write(Buffer.concat([head, Buffer.alloc(200_000)]));
    expect(await client.closed).toEqual({ code: 1013, reason: 'overloaded' });
    expect(connection.bytesUnfinished).toBe(0);
  });

  it('counts a pong between two parts of a frame as none of it', async () => {
    const { client, connection } = await connect({
      get: ({ n }, connection) => connection.send(answerTo(n)),
    });
    client.socket.pong(Buffer.from('beat'));
    client.send(get(1));
    client.socket.pong();
    client.send(get(2));
    await client.until(2);
    expect(connection.bytesUnfinished).toBe(0);
  });

  it('finishes what is in flight before it closes', async () => {
    let finish = () => {};
    const { client, connection } = await connect({
      get: async ({ n }, connection) => {
        await new Promise<void>((resolve) => (finish = resolve));
        connection.send(answerTo(n));
      },
      query: ({ n }, connection) => connection.send({ op: 'page', n, records: [] }),
    });
    client.send(get(1));
    client.send({ op: 'query', n: 2, filter: {} });
    await client.until(1);
    const over = connection.finish(1001, 'the archive stops');
    finish();
    expect(await client.closed).toEqual({ code: 1001, reason: 'the archive stops' });
    await over;
    expect(client.frames[1]).toEqual(answerTo(1));
  });

  it('loses what is offered to one that does not read, and stays open', async () => {
    const text = JSON.stringify(answerTo(1)).padEnd(64 * 1024);
    const bytes = Buffer.alloc(64 * 1024, 7);
    const { client, connection } = await connect({});
    client.socket.pause();
    const taken = { texts: 0, bytes: 0 };
    while (connection.offer(text)) {
      taken.texts += 1;
      if (connection.offer(bytes)) taken.bytes += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(connection.offer(bytes)).toBe(false);
    client.socket.resume();
    expect(await client.until(taken.texts)).toHaveLength(taken.texts);
    while (client.messages.length < taken.bytes) await once(client.socket, 'message');
    expect(client.messages.every((message) => message.equals(bytes))).toBe(true);
    expect(client.socket.readyState).toBe(WebSocket.OPEN);
    expect(connection.offer(bytes)).toBe(true);
    client.socket.terminate();
    await once(connection.closed, 'abort');
    expect(connection.offer(text)).toBe(false);
  });

  it('offers nothing while all connections together hold too much', async () => {
    const { connection, client } = await connect({}, -1);
    expect(connection.offer('{}')).toBe(false);
    expect(client.frames).toEqual([]);
  });

  it("counts the client's own pings as whole frames and not as the beginning of one", async () => {
    const { connection, client } = await connect({});
    client.socket.ping('still here');
    await once(client.socket, 'pong');
    expect(connection.bytesUnfinished).toBe(0);
  });

  it('lets its streams go on one at a time', async () => {
    const { connection } = await connect({});
    const order: string[] = [];
    const go = async (name: string) => {
      await connection.drained();
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} has sent`);
    };
    await Promise.all([go('a'), go('b')]);
    expect(order).toEqual(['a begins', 'a has sent', 'b begins', 'b has sent']);
  });
});
