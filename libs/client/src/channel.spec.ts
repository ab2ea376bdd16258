import { describe, expect, it } from '@jest/globals';
import { Channel } from './channel.js';

describe('a channel', () => {
  it('hands values over in order, whether the loop or the values are first', async () => {
    const channel = new Channel<number>();
    const early = channel.next();
    for (const value of [1, 2, 3]) channel.push(value);
    channel.end();
    expect(await early).toEqual({ done: false, value: 1 });
    const rest: number[] = [];
    for await (const value of channel) rest.push(value);
    expect(rest).toEqual([2, 3]);
  });

  it('ends a loop that waits', async () => {
    const channel = new Channel<number>();
    const waiting = channel.next();
    channel.end();
    channel.push(1);
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await channel.next()).toEqual({ done: true, value: undefined });
  });

  it('fails once, after what is buffered', async () => {
    const channel = new Channel<number>();
    channel.push(1);
    channel.fail(new Error('broken'));
    expect((await channel.next()).value).toBe(1);
    await expect(channel.next()).rejects.toThrow('broken');
    expect((await channel.next()).done).toBe(true);
    const other = new Channel<number>();
    const waiting = other.next();
    other.fail(new Error('broken'));
    await expect(waiting).rejects.toThrow('broken');
  });

  it('drops what is buffered, and tells, when the loop is left', async () => {
    let left = 0;
    const channel = new Channel<number>(() => left++);
    for (const value of [1, 2, 3]) channel.push(value);
    for await (const value of channel) if (value === 1) break;
    expect([left, channel.size]).toEqual([1, 0]);
    expect((await channel.next()).done).toBe(true);
  });
});
