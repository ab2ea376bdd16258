import { describe, expect, it } from '@jest/globals';
import { gossipLimits } from '../src/limits.js';
import type { RecordStore } from '../src/ports.js';
import { VirtualTime } from './virtual-time.js';
import { bound, connect, haveTheSame, TestArchive, type ArchiveOptions } from './world.js';

const takingInUnless = (isAway: () => boolean): ArchiveOptions => ({
  around: (memory) => {
    const failing = <T>(work: () => Promise<T>): Promise<T> =>
      isAway() ? Promise.reject(new Error('away')) : work();
    return bound(
      Object.create(memory, {
        takeIn: { value: (texts: readonly string[]) => failing(() => memory.takeIn(texts)) },
        missing: { value: (ids: readonly string[]) => failing(() => memory.missing(ids)) },
      }) as RecordStore,
      memory,
    );
  },
});

describe('an archive whose database is away', () => {
  it('waits, and its cursor does not move', async () => {
    let isAway = false;
    const time = new VirtualTime();
    const a = new TestArchive('a', time);
    const b = new TestArchive(
      'b',
      time,
      takingInUnless(() => isAway),
    );
    const connection = connect(a, b);
    await time.until(() => connection.b.stats.stage === 'live', 'b is live', 10_000);
    isAway = true;
    await a.publishMany(5);
    await time.pass(300_000);
    expect(b.progressWith(a.id).progress).toMatchObject({ records: 0 });
    expect(connection.b.stats).toMatchObject({ lagRecords: 5 });
    isAway = false;
    await time.until(() => haveTheSame(a, b), 'b has them', gossipLimits.retryMsMax + 1_000);
    connection.cut();
  });

  it('waits in a snapshot, and what is saved of it is no more than what is here', async () => {
    let isAway = true;
    const time = new VirtualTime();
    const a = new TestArchive('a', time);
    const b = new TestArchive(
      'b',
      time,
      takingInUnless(() => isAway),
    );
    await a.publishMany(5);
    const connection = connect(a, b);
    await time.until(
      () => connection.fromA.frames.some((frame) => frame.includes('"records"')),
      'a page',
      10_000,
    );
    await time.pass(60_000);
    expect(b.progressWith(a.id).progress).toMatchObject({ stage: 'snapshot', records: 0 });
    isAway = false;
    await time.until(() => haveTheSame(a, b), 'b has them', gossipLimits.retryMsMax + 1_000);
    connection.cut();
  });

  it('tells its peer no more than that, and is asked again', async () => {
    let isAway = true;
    const time = new VirtualTime();
    const a = new TestArchive('a', time, {
      around: (memory) =>
        bound(
          Object.create(memory, {
            count: { value: () => (isAway ? Promise.reject(new Error('secret')) : memory.count([{}])) },
          }) as RecordStore,
          memory,
        ),
    });
    const b = new TestArchive('b', time);
    await a.publish();
    const connection = connect(a, b);
    await time.pass(10_000);
    const errors = connection.fromA.frames.filter((frame) => frame.includes('"error"'));
    expect(errors.length).toBeGreaterThan(1);
    expect(errors[0]).toContain('internal-error');
    expect(errors.join()).not.toContain('secret');
    isAway = false;
    await time.until(() => haveTheSame(a, b), 'b has it', 60_000);
    connection.cut();
  });
});
