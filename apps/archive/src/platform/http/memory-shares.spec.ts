import { describe, expect, it } from '@jest/globals';
import { MemoryShares } from './memory-shares.js';

const open = () => {
  const clock = { now: 0 };
  const shares = new MemoryShares({ bytesMax: 100, graceMs: 10 }, () => clock.now);
  const cut: string[] = [];
  const share = (name: string) => shares.open(() => cut.push(name));
  return { clock, shares, cut, share };
};

describe('memory that requests share', () => {
  it('is charged by what is held, and refused when it is used up', () => {
    const { shares, share, cut } = open();
    const first = share('first');
    expect(shares.usedBytes).toBe(0);
    expect(first.grow(100)).toBe(true);
    const second = share('second');
    expect(second.grow(1)).toBe(false);
    expect(cut).toEqual([]);
    first.release();
    first.release();
    expect(shares.usedBytes).toBe(0);
    expect(second.grow(1)).toBe(true);
  });

  it('is taken from those that have waited longest, as many as it needs', () => {
    const { clock, shares, share, cut } = open();
    for (const name of ['first', 'second', 'third']) share(name).grow(30);
    clock.now = 11;
    expect(share('late').grow(40)).toBe(true);
    expect(cut).toEqual(['first']);
    expect(shares.usedBytes).toBe(100);
  });

  it('is not taken from a share whose client has done its part, nor from the one that grows', () => {
    const { clock, share, cut } = open();
    const settled = share('settled');
    settled.grow(60);
    settled.settle();
    const growing = share('growing');
    growing.grow(40);
    clock.now = 11;
    expect(growing.grow(1)).toBe(false);
    expect(cut).toEqual([]);
    settled.release();
    expect(growing.grow(60)).toBe(true);
  });

  it('is not held by a share that was cut off', () => {
    const { clock, share } = open();
    const first = share('first');
    first.grow(100);
    clock.now = 11;
    share('second').grow(100);
    expect(first.grow(0)).toBe(false);
    expect(first.bytes).toBe(0);
  });
});
