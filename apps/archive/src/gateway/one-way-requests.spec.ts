import { afterEach, describe, expect, it } from '@jest/globals';
import {
  encodeRelayedFrame,
  HoldfastError,
  limits,
  type Answer,
  type RelayedFrame,
} from '@holdfast/protocol';
import { closePairs, connect } from '../../test/connection-pair.js';
import { archiveLimits } from '../limits.js';

afterEach(closePairs);

const archive = new Uint8Array(32).fill(7);
const frame = new Uint8Array(limits.nodeFrameBytesMin).fill(9);
const get = (n: number) => ({ op: 'get', n, id: 'A'.repeat(43) });
const relay = (n: number) => encodeRelayedFrame({ n, archive, frame });
const answerTo = (n: number): Answer => ({ op: 'record', n, record: 'r' });

describe('a connection', () => {
  it('gives relayed frames to their handler as they come, and answers only what is refused', async () => {
    const seen: RelayedFrame[] = [];
    const { client } = await connect({
      relay: (relayed) => {
        const { n } = relayed;
        seen.push({ n, archive: Uint8Array.from(relayed.archive), frame: Uint8Array.from(relayed.frame) });
        if (n === 2) throw new HoldfastError('not-joined', 'No.', { quota: 'q', until: 7, secret: 'x' });
        if (n === 3) throw new Error('secret detail');
      },
      get: ({ n }, connection) => connection.send(answerTo(n)),
    });
    for (const n of [1, 2, 3, 4]) client.send(relay(n));
    client.send(get(5));
    expect(await client.until(3)).toEqual([
      { op: 'error', n: 2, code: 'not-joined', detail: 'No.', retryable: true, quota: 'q', until: 7 },
      expect.objectContaining({ op: 'error', n: 3, code: 'internal-error' }),
      answerTo(5),
    ]);
    expect(seen).toEqual([1, 2, 3, 4].map((n) => ({ n, archive, frame })));
    expect(JSON.stringify(client.frames)).not.toContain('secret');
  });

  it('counts no relayed frame among the requests in flight, however many come at once', async () => {
    let carried = 0;
    const { client } = await connect({
      relay: () => void (carried += 1),
      get: ({ n }, connection) => connection.send(answerTo(n)),
    });
    const count = limits.inFlightPerConnectionMax * 4;
    for (let n = 1; n <= count; n++) client.send(relay(n));
    client.send(get(count + 1));
    expect(await client.until(1)).toEqual([answerTo(count + 1)]);
    expect(carried).toBe(count);
  });

  it('takes frames under one number again and again', async () => {
    let carried = 0;
    const { client } = await connect({
      relay: () => void (carried += 1),
      get: ({ n }, connection) => connection.send(answerTo(n)),
    });
    for (let i = 0; i < 3; i++) client.send(relay(limits.requestNumberMax));
    client.send(get(1));
    expect(await client.until(1)).toEqual([answerTo(1)]);
    expect(carried).toBe(3);
  });

  it('refuses a frame under the number of an open stream without naming it, and the stream goes on', async () => {
    let carried = 0;
    const cancelled: number[] = [];
    const { client } = await connect({
      follow: ({ n }, connection) => connection.open(n, { kind: 'follow', cancel: () => cancelled.push(n) }),
      relay: () => void (carried += 1),
    });
    client.send({ op: 'follow', n: 1, filter: {} });
    client.send(relay(1));
    const [error] = await client.until(1);
    expect(error).toMatchObject({ op: 'error', code: 'request-malformed' });
    expect(error).not.toHaveProperty('n');
    expect([carried, cancelled]).toEqual([0, []]);
  });

  it.each([
    ['empty', new Uint8Array(0), undefined],
    ['its kind alone', relay(6).subarray(0, 1), undefined],
    ['cut short in its number', relay(6).subarray(0, 4), undefined],
    ['cut short behind its number', relay(6).subarray(0, 5), 6],
    ['cut short before its frame', relay(6).subarray(0, 37), 6],
    ['of a frame that is a byte too short', relay(6).subarray(0, -1), 6],
    ['of a frame that is a byte too long', Buffer.concat([relay(6), Buffer.alloc(163_981)]), 6],
    ['of another kind', relay(6).with(0, 2), undefined],
    ['of number 0', relay(6).with(4, 0), undefined],
  ])(
    'refuses a binary message that is %s, with its number where that can be read',
    async (_what, message, n) => {
      let carried = 0;
      const { client } = await connect({
        relay: () => void (carried += 1),
        get: ({ n: number }, connection) => connection.send(answerTo(number)),
      });
      client.send(message);
      client.send(get(7));
      const [error, answer] = await client.until(2);
      expect(error).toMatchObject({ op: 'error', code: 'request-malformed', retryable: false });
      expect((error as { n?: number }).n).toBe(n);
      expect(answer).toEqual(answerTo(7));
      expect(carried).toBe(0);
    },
  );

  it('closes with 1008 after a row of binary messages that are no frames, unless a good one comes between', async () => {
    const { client } = await connect({});
    for (let i = 1; i < archiveLimits.malformedFramesMax; i++) client.send(Buffer.of(2));
    client.send(relay(1));
    for (let i = 0; i < archiveLimits.malformedFramesMax; i++) client.send(Buffer.of(2));
    expect(await client.closed).toEqual({ code: 1008, reason: 'request-malformed' });
    expect(client.frames).toHaveLength(2 * archiveLimits.malformedFramesMax - 1);
  });

  it.each(['request-malformed', 'not-authorised'] as const)(
    'closes with 1008 after a row of frames that are refused with %s, and of messages that are none',
    async (code) => {
      const { client } = await connect({
        relay: ({ n }) => {
          if (n > 1) throw new HoldfastError(code, 'No.');
        },
      });
      for (let i = 1; i < archiveLimits.malformedFramesMax; i++) client.send(relay(2));
      client.send(relay(1));
      for (let i = 1; i < archiveLimits.malformedFramesMax; i++) client.send(relay(2));
      client.send(Buffer.of(2));
      expect(await client.closed).toEqual({ code: 1008, reason: 'request-malformed' });
      expect(client.frames).toHaveLength(2 * archiveLimits.malformedFramesMax - 1);
    },
  );

  it('goes on after any number of frames that are refused for what honest clients do too', async () => {
    const { client } = await connect({
      relay: ({ n }) => {
        throw new HoldfastError(n === 1 ? 'not-joined' : 'quota-exceeded', 'No.');
      },
      get: ({ n }, connection) => connection.send(answerTo(n)),
    });
    const count = 2 * archiveLimits.malformedFramesMax;
    for (let i = 0; i < count; i++) client.send(relay(1 + (i % 2)));
    client.send(get(7));
    expect((await client.until(count + 1)).at(-1)).toEqual(answerTo(7));
  });
});
