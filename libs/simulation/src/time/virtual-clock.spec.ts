import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from './virtual-clock.js';

const drain = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the virtual clock', () => {
  it('jumps from event to event, and ends where it was told to', async () => {
    const clock = new VirtualClock({ startMs: 1000, drain });
    const happened: string[] = [];
    clock.after(10, () => {
      happened.push(`late at ${clock.nowMs}`);
      clock.after(5, () => happened.push(`last at ${clock.nowMs}`));
    });
    clock.after(3, () => happened.push(`early at ${clock.nowMs}`));
    clock.after(7, () => happened.push('never')).cancel();
    clock.after(3_600_000, () => happened.push('beyond the end'));
    await clock.runFor(60_000);
    expect(happened).toEqual(['early at 1003', 'late at 1010', 'last at 1015']);
    expect([clock.nowMs, clock.happened, clock.planned]).toEqual([61_000, 3, 1]);
  });

  it('lets a chain of a thousand promises go to its end before the next event', async () => {
    const clock = new VirtualClock({ drain });
    const happened: string[] = [];
    const chain = async (): Promise<void> => {
      for (let i = 0; i < 1000; i++) await undefined;
      happened.push(`chain at ${clock.nowMs}`);
      clock.after(0, () => happened.push(`follower at ${clock.nowMs}`));
    };
    clock.after(1, () => {
      void chain();
      clock.stir();
    });
    clock.after(2, () => happened.push(`next at ${clock.nowMs}`));
    await clock.runFor(10);
    expect(happened).toEqual(['chain at 1', 'follower at 1', 'next at 2']);
  });

  it('lets what was started from outside go on before its first event', async () => {
    const clock = new VirtualClock({ drain });
    const happened: string[] = [];
    clock.after(0, () => happened.push('event'));
    void Promise.resolve()
      .then(() => undefined)
      .then(() => happened.push('promise'));
    await clock.runFor(1);
    expect(happened).toEqual(['promise', 'event']);
  });

  it('ends with the error of an event, and can go on after it', async () => {
    const clock = new VirtualClock({ drain });
    let isReached = false;
    clock.after(1, () => {
      throw new Error('broken');
    });
    clock.after(2, () => (isReached = true));
    await expect(clock.runFor(5)).rejects.toThrow('broken');
    expect([clock.nowMs, isReached]).toEqual([1, false]);
    await clock.runFor(5);
    expect(isReached).toBe(true);
  });

  it.each([-1, NaN, Infinity])('refuses a delay of %d', (delayMs) => {
    expect(() => new VirtualClock({ drain }).after(delayMs, () => {})).toThrow(RangeError);
  });

  it('comes through a million events', async () => {
    const clock = new VirtualClock({ drain });
    let left = 1_000_000;
    const next = (): void => {
      if (left-- > 0) clock.after((left * 7919) % 1000, next);
    };
    for (let i = 0; i < 1000; i++) next();
    await clock.runFor(1e9);
    expect([left < 0, clock.planned, clock.happened]).toEqual([true, 0, 1_000_000]);
  });
});
