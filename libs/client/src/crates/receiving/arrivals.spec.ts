import { describe, expect, it } from '@jest/globals';
import { Arrivals } from './arrivals.js';

const arrivals = () =>
  new Arrivals<string>({
    countMax: 3,
    bytesMax: 100,
    failedMax: 2,
    backoff: { baseMs: 1_000, maxMs: 8_000 },
  });

describe('arrivals', () => {
  it('are dealt with in the order in which they came', () => {
    const here = arrivals();
    for (const crate of ['a', 'b', 'c']) here.arrive(crate, '', 'archive');
    expect([0, 0, 0, 0].map((now) => here.take(now)?.crate)).toEqual(['a', 'b', 'c', undefined]);
  });

  it('are taken once while they are here, and know everybody who offered them', () => {
    const here = arrivals();
    expect(here.arrive('a', '', 'one')).toBe(true);
    const arrival = here.take(0)!;
    expect(here.arrive('a', '', 'other')).toBe(true);
    expect([...arrival.origins]).toEqual(['one', 'other']);
    expect(here.take(0)).toBeUndefined();
    here.done(arrival);
    here.arrive('a', '', 'one');
    expect(here.take(0)?.crate).toBe('a');
  });

  it('are refused when there is no room, by number and by size', () => {
    const many = arrivals();
    expect(['a', 'b', 'c', 'd'].map((crate) => many.arrive(crate, '', ''))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    many.take(0);
    expect(many.arrive('d', '', '')).toBe(true);
    const large = arrivals();
    expect(large.arrive('a', 'x'.repeat(200), '')).toBe(true);
    expect(large.arrive('b', '', '')).toBe(false);
    large.take(0);
    expect(large.arrive('b', '', '')).toBe(true);
  });

  it('come back after a failure, later each time and never at once, while others pass', () => {
    const here = arrivals();
    here.arrive('hard', '', '');
    here.arrive('easy', '', '');
    const hard = here.take(0)!;
    here.failed(hard, 0, 0);
    expect(here.nextDueAt()).toBe(500);
    expect(here.take(499)?.crate).toBe('easy');
    expect(here.take(499)).toBeUndefined();
    expect(here.take(500)).toBe(hard);
    here.failed(hard, 500, 0.5);
    expect(here.nextDueAt()).toBe(500 + 1_500);
    for (let i = 0; i < 5; i++) here.failed(here.take(1e9)!, 0, 0);
    expect(here.nextDueAt()).toBe(4_000);
  });

  it('are bounded in size together with the failed ones, of which the oldest give way', () => {
    const here = arrivals();
    here.arrive('a', 'x'.repeat(40), '');
    here.failed(here.take(0)!, 0, 0);
    expect(here.arrive('b', 'x'.repeat(60), '')).toBe(true);
    expect(here.arrive('c', '', '')).toBe(false);
    here.failed(here.take(0)!, 0, 0);
    expect(here.take(1e9)?.crate).toBe('b');
    expect(here.take(1e9)).toBeUndefined();
    expect(here.arrive('a', '', '')).toBe(true);
  });

  it('leave the oldest of too many failed ones to the archive', () => {
    const here = arrivals();
    for (const crate of ['a', 'b', 'c']) {
      here.arrive(crate, '', '');
      here.failed(here.take(0)!, 0, 0);
    }
    expect([here.take(1e9)?.crate, here.take(1e9)?.crate, here.take(1e9)]).toEqual(['b', 'c', undefined]);
    here.arrive('a', '', '');
    expect(here.take(1e9)?.crate).toBe('a');
  });
});
