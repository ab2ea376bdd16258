import { describe, expect, it } from '@jest/globals';
import { HoldfastError } from '@holdfast/protocol';
import type { Clock } from './clock.js';
import { isFinal, pause, retrying, Slots } from './pacing.js';
import { Stopper } from './stopper.js';

/** A clock that jumps to every timer at once, and remembers how long each was. */
function jumpingClock(): Clock & { readonly delays: number[] } {
  const delays: number[] = [];
  return {
    delays,
    now: () => 0,
    random: () => 1,
    after: (delayMs, callback) => {
      delays.push(delayMs);
      queueMicrotask(callback);
      return () => undefined;
    },
  };
}

/** A clock whose timers never come. */
const stoppedClock: Clock = { now: () => 0, random: () => 1, after: () => () => undefined };

const never = () => () => undefined;
const backoff = { baseMs: 100, maxMs: 1_000 };
const passing = new HoldfastError('archive-unreachable', 'later');

describe('retrying', () => {
  it('tries again, later each time, until it succeeds', async () => {
    const clock = jumpingClock();
    const attempt = async (failures: number) => {
      if (failures < 5) throw passing;
      return failures;
    };
    expect(await retrying(attempt, { clock, backoff, signal: new Stopper(), wake: never })).toBe(5);
    expect(clock.delays).toEqual([100, 200, 400, 800, 1_000]);
  });

  it('does not try again what is refused for good, nor what is a mistake in the program', async () => {
    const settings = { clock: jumpingClock(), backoff, signal: new Stopper(), wake: never };
    for (const error of [new HoldfastError('record-expired', 'too late'), new TypeError('a mistake')]) {
      let attempts = 0;
      const attempt = async () => {
        attempts++;
        throw error;
      };
      await expect(retrying(attempt, settings)).rejects.toBe(error);
      expect(attempts).toBe(1);
    }
  });

  it('ends when it is stopped in a pause, and goes on at once when it is woken', async () => {
    const signal = new Stopper();
    let wake = (): void => undefined;
    let attempts = 0;
    const run = retrying(
      async () => {
        attempts++;
        if (attempts === 1) queueMicrotask(() => queueMicrotask(() => wake()));
        else queueMicrotask(() => queueMicrotask(() => signal.abort()));
        throw passing;
      },
      {
        clock: stoppedClock,
        backoff,
        signal,
        wake: (callback) => {
          wake = callback;
          return () => undefined;
        },
      },
    );
    await expect(run).rejects.toBe(passing);
    expect(attempts).toBe(3);
  });

  it('takes an archive that answers wrongly for no last word', () => {
    const codes = ['answer-invalid', 'archive-foreign', 'overloaded', 'record-expired', 'closed'] as const;
    expect(codes.map((code) => isFinal(new HoldfastError(code, '')))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });
});

describe('a pause', () => {
  it('ends with its signal, also with one that has stopped before', async () => {
    const signal = new Stopper();
    const paused = pause(stoppedClock, 1_000, signal);
    signal.abort();
    await paused;
    await pause(stoppedClock, 1_000, signal);
    expect(signal.aborted).toBe(true);
  });
});

describe('slots', () => {
  it('let so many work at a time, in the order in which they came', async () => {
    const slots = new Slots(2);
    const log: string[] = [];
    const gates = new Map<string, () => void>();
    const work = (name: string) =>
      slots
        .run(() => {
          log.push(name);
          return new Promise<void>((done) => gates.set(name, done));
        })
        .then(() => log.push(`${name} done`));
    const all = ['a', 'b', 'c', 'd'].map(work);
    expect(log).toEqual(['a', 'b']);
    for (const name of ['b', 'a', 'c', 'd']) {
      gates.get(name)!();
      await Promise.all(name === 'b' ? [all[1]] : name === 'a' ? [all[0]] : []);
    }
    await Promise.all(all);
    expect(log.filter((line) => !line.includes('done'))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are free again after a failure', async () => {
    const slots = new Slots(1);
    await expect(slots.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await slots.run(async () => 'works')).toBe('works');
  });
});
