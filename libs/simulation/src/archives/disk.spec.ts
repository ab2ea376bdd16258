import { describe, expect, it } from '@jest/globals';
import { Life } from '../nodes/life.js';
import { World } from '../nodes/world.js';
import { Disk, type CrashPoint } from './disk.js';

const drain = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Commits a hundred times, as far as it comes. */
async function commits(failureRate: number, crashAt?: CrashPoint, prepare: (disk: Disk) => void = () => {}) {
  const world = new World({ seed: 1, drain });
  const life = new Life(world.clock);
  const random = world.random('disk');
  const speed = { readMsMean: 1, commitMsMean: 5, failureRate };
  const disk = new Disk({ life, random, speed, crash: () => life.end() });
  disk.crashAt = crashAt;
  prepare(disk);
  const count = { done: 0, said: 0, failed: 0 };
  for (let i = 0; i < 100; i++) {
    void disk
      .commit(async () => void count.done++)
      .then(
        () => count.said++,
        () => count.failed++,
      );
    await world.clock.runFor(1000);
  }
  return count;
}

describe('a disk', () => {
  it('takes time, and says of each commit that it is done', async () => {
    expect(await commits(0)).toEqual({ done: 100, said: 100, failed: 0 });
  });

  it.each<[CrashPoint, number]>([
    ['before-commit', 0],
    ['after-commit', 1],
  ])('crashes %s when it is told to, and says nothing then', async (crashAt, done) => {
    expect(await commits(0, crashAt)).toEqual({ done, said: 0, failed: 0 });
  });

  it('fails now and then, and of what failed some was done', async () => {
    const { done, said, failed } = await commits(0.5);
    expect(said + failed).toBe(100);
    expect(failed).toBeGreaterThan(20);
    expect(done).toBeGreaterThan(said);
    expect(done).toBeLessThan(100);
  });

  it('does nothing while the database is away, and never fails once it is sound', async () => {
    expect(await commits(0, undefined, (disk) => (disk.isAway = true))).toEqual({
      done: 0,
      said: 0,
      failed: 100,
    });
    expect(await commits(1, undefined, (disk) => (disk.isSound = true))).toEqual({
      done: 100,
      said: 100,
      failed: 0,
    });
  });
});
