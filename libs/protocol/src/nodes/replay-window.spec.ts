import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { limits } from '../limits.js';
import { ReplayWindow } from './replay-window.js';

const sender = (number: number) => new Uint8Array(32).fill(number);
const signature = (number: number) => {
  const bytes = new Uint8Array(64);
  new DataView(bytes.buffer).setUint32(2, number);
  return bytes;
};

describe('the memory of frames', () => {
  it('takes every frame once', () => {
    const seen = new ReplayWindow();
    expect(seen.add(sender(1), 100, signature(1), 100)).toBe(true);
    expect(seen.add(sender(1), 100, signature(1), 101)).toBe(false);
    expect(seen.has(sender(1), 100, signature(1))).toBe(true);
    expect(seen.add(sender(1), 100, signature(2), 102)).toBe(true);
    // Two frames of one head: the second would hide the first.
    expect(seen.add(sender(1), 101, signature(1), 102)).toBe(false);
    expect(seen.add(sender(1), 100, signature(1), 102)).toBe(false);
    expect(seen.add(sender(2), 100, signature(1), 103)).toBe(true);
  });

  it('never takes a frame twice that was not dated ahead, however little it remembers', () => {
    const anyFrame = fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: -120, max: 0 }), fc.nat({ max: 30 }));
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 200, size: 'max' }), (frames) => {
        const seen = new ReplayWindow(3, 4);
        const taken = new Set<string>();
        frames.forEach(([from, skewSeconds, which], index) => {
          const nowMs = index * 1_000;
          // A frame is one and the same whenever it is brought.
          const atMs = (which * 7 + from + skewSeconds) * 1_000;
          if (atMs > nowMs || atMs < nowMs - 120_000) return;
          const name = `${from} ${atMs} ${which}`;
          const isNew = seen.add(sender(from), atMs, signature(which), nowMs);
          if (isNew && taken.has(name)) throw new Error(`${name} twice`);
          if (isNew) taken.add(name);
        });
      }),
    );
  });

  it('refuses what is not later than what it has forgotten of the sender, and of no other one', () => {
    const seen = new ReplayWindow(8, 2);
    for (const atMs of [100, 200, 300]) seen.add(sender(1), atMs, signature(atMs), 300);
    expect(seen.add(sender(1), 99, signature(99), 300)).toBe(false);
    expect(seen.add(sender(1), 150, signature(150), 300)).toBe(true);
    expect(seen.add(sender(2), 99, signature(99), 300)).toBe(true);
  });

  it('refuses what may be of a sender that it has forgotten', () => {
    const seen = new ReplayWindow(2, 8);
    for (const number of [1, 2, 3]) seen.add(sender(number), number * 10, signature(number), number * 10);
    expect(seen.add(sender(1), 10, signature(1), 40)).toBe(false);
    expect(seen.add(sender(4), 9, signature(4), 40)).toBe(false);
    expect(seen.add(sender(4), 40, signature(4), 40)).toBe(true);
  });

  it('has nobody else refused for what a sender has dated ahead', () => {
    const seen = new ReplayWindow(2, 8);
    for (const number of [1, 2, 3]) seen.add(sender(number), 100_000 + number, signature(number), 50);
    expect(seen.add(sender(4), 60, signature(4), 60)).toBe(true);
  });

  it('forgets a sender once all that it can have sent is out of date, and refuses nobody for it', () => {
    const seen = new ReplayWindow(1_000, 8);
    seen.add(sender(1), 0, signature(1), 0);
    const laterMs = 2_000 * limits.nodeClockSkewSecondsMax + 1;
    seen.add(sender(2), laterMs, signature(2), laterMs);
    expect(seen.has(sender(1), 0, signature(1))).toBe(false);
  });
});
