import { afterEach, describe, expect, it } from '@jest/globals';
import { HoldfastError, limits, type Answer } from '@holdfast/protocol';
import { closePairs, connect } from '../../test/connection-pair.js';

afterEach(closePairs);

const get = (n: number) => ({ op: 'get', n, id: 'A'.repeat(43) });
const relay = (n: number) => ({
  op: 'relay',
  n,
  to: { node: 'A'.repeat(43), archive: 'ZR0ZNzWqVoRpv9kwA-L99-daN4iJH-zuYbPX9qdfVSo' },
  frame: 'A'.repeat(184),
});
const answerTo = (n: number): Answer => ({ op: 'record', n, record: 'r' });

describe('a connection', () => {
  it('handles one-way requests as they come, and answers only what is refused', async () => {
    const seen: number[] = [];
    const { client } = await connect({
      relay: ({ n }) => {
        seen.push(n);
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
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(JSON.stringify(client.frames)).not.toContain('secret');
  });

  it('counts no one-way request among those in flight, however many come at once', async () => {
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
});
