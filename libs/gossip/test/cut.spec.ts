import { describe, expect, it } from '@jest/globals';
import { HoldfastError } from '@holdfast/protocol';
import { gossipLimits } from '../src/limits.js';
import type { LinkEnd } from '../src/life.js';
import type { Link } from '../src/link.js';
import type { RecordStore } from '../src/ports.js';
import { pretendTo } from './impostor.js';
import { settled, VirtualTime } from './virtual-time.js';
import { bound, connect, haveTheSame, TestArchive, type ArchiveOptions } from './world.js';

function two(options: ArchiveOptions = {}): { time: VirtualTime; a: TestArchive; b: TestArchive } {
  const time = new VirtualTime();
  return { time, a: new TestArchive('a', time), b: new TestArchive('b', time, options) };
}

async function endOf(link: Link, time: VirtualTime, withinMs = 600_000): Promise<LinkEnd> {
  let end: LinkEnd | undefined;
  void link.ended.then((it) => (end = it));
  await time.until(() => end !== undefined, 'the link is over', withinMs);
  return end!;
}

describe('a link that is cut', () => {
  it('in a snapshot goes on where it was', async () => {
    const { time, a, b } = two();
    for (let i = 0; i < 250; i++) await a.publish({ body: `${i} ${'x'.repeat(15_000)}` });
    const first = connect(a, b);
    await time.until(() => (b.progressWith(a.id).progress?.records ?? 0) >= 100, 'some pages came', 10_000);
    first.cut();
    await endOf(first.b, time);
    const { records } = b.progressWith(a.id).progress!;
    expect(b.progressWith(a.id).progress).toMatchObject({ stage: 'snapshot' });
    expect(records).toBeLessThan(250);
    const second = connect(a, b);
    await time.until(() => second.b.stats.stage === 'live', 'b is live', 10_000);
    expect(haveTheSame(a, b)).toBe(true);
    expect(second.b.stats.recordsFetched).toBe(250 - records);
    second.cut();
  });

  it('before the first comparison is over begins anew', async () => {
    const { time, a, b } = two();
    await a.publishMany(600, (i) => time.now - i);
    await b.publishMany(500, (i) => time.now - i);
    const first = connect(a, b);
    await time.until(() => first.b.stats.stage === 'comparing', 'b compares', 1_000);
    first.cut();
    await endOf(first.b, time);
    expect(b.progressWith(a.id).progress).toBeUndefined();
    const second = connect(a, b);
    const areLive = (): boolean => [second.a, second.b].every(({ stats }) => stats.stage === 'live');
    await time.until(areLive, 'both are live', 10_000);
    expect(haveTheSame(a, b)).toBe(true);
    second.cut();
  });

  it('goes on with the news after its cursor, and compares', async () => {
    const { time, a, b } = two();
    await a.publishMany(100);
    const first = connect(a, b);
    await time.until(() => first.b.stats.stage === 'live', 'b is live', 10_000);
    first.cut();
    await endOf(first.b, time);
    await a.publishMany(300);
    const second = connect(a, b);
    await time.until(() => haveTheSame(a, b), 'b has caught up', 100);
    await time.until(() => second.b.stats.comparedAtMs !== undefined, 'they were compared', 10_000);
    expect(second.b.stats.differed).toBe(0);
    expect(second.fromB.count('page')).toBe(0);
    expect(second.b.stats.recordsFetched).toBe(300);
    second.cut();
  });

  it('has its cursor saved as far as it was', async () => {
    const { time, a, b } = two();
    const connection = connect(a, b);
    await time.until(() => connection.b.stats.stage === 'live', 'b is live', 10_000);
    await a.publishMany(10);
    await time.until(() => haveTheSame(a, b), 'b has them', 100);
    await settled();
    connection.cut();
    await endOf(connection.b, time, 0);
    expect(b.progressWith(a.id).progress).toMatchObject({ records: 10, stage: 'live' });
  });

  it('tells its other side nothing, and is over for both', async () => {
    const { time, a, b } = two();
    const connection = connect(a, b);
    await time.until(() => connection.b.stats.stage === 'live', 'b is live', 10_000);
    connection.cut(new HoldfastError('unavailable', 'The line broke.'));
    expect(await endOf(connection.a, time)).toEqual({
      code: 'unavailable',
      detail: 'The line broke.',
      by: 'them',
    });
    expect(await connection.a.compareNow().catch((error: HoldfastError) => error.code)).toBe('unavailable');
  });
});

describe('a link that is closed', () => {
  it('is closed in good order for both, with nothing left to wait for', async () => {
    const { time, a, b } = two();
    const connection = connect(a, b);
    await time.until(() => connection.b.stats.stage === 'live', 'b is live', 10_000);
    const comparing = connection.a.compareNow().catch((error: HoldfastError) => error.code);
    connection.a.close();
    expect(await endOf(connection.a, time)).toEqual({ by: 'us' });
    expect(await endOf(connection.b, time)).toEqual({ by: 'them' });
    expect(await comparing).toBe('unavailable');
    expect(time.sleeping).toBe(0);
  });

  it('is over only when what it was storing is stored', async () => {
    let store: (() => void) | undefined;
    const around = (records: RecordStore): RecordStore =>
      Object.create(records, {
        takeIn: {
          value: async (texts: readonly string[]) => {
            await new Promise<void>((resolve) => (store = resolve));
            return records.takeIn(texts);
          },
        },
      }) as RecordStore;
    const time = new VirtualTime();
    const a = new TestArchive('a', time);
    const b = new TestArchive('b', time, { around: (memory) => bound(around(memory), memory) });
    await a.publish();
    const connection = connect(a, b);
    await time.until(() => store !== undefined, 'b stores it', 1_000);
    connection.cut();
    let isOver = false;
    void connection.b.ended.then(() => (isOver = true));
    await settled();
    expect(isOver).toBe(false);
    store!();
    await settled();
    expect(isOver).toBe(true);
  });
});

describe('a peer', () => {
  it('that never greets is given up', async () => {
    const { time, a } = two();
    const impostor = pretendTo(a, {}, {});
    impostor.toIt.deliver = () => undefined;
    expect(await endOf(impostor.link, time, gossipLimits.answerMsMax)).toMatchObject({ by: 'us' });
  });

  it('that does not answer is given up, and what it was asked for is asked of others', async () => {
    const { time, a } = two();
    const impostor = pretendTo(a, {
      start: () => undefined,
      departures: () => undefined,
      peers: () => undefined,
    });
    const end = await endOf(impostor.link, time, gossipLimits.answerMsMax + 1_000);
    expect(end).toMatchObject({ code: 'request-timeout', by: 'us' });
    expect(time.sleeping).toBe(0);
  });

  it('that answers some questions for ever and one never is given up, too', async () => {
    const { time, a } = two();
    const impostor = pretendTo(a, {
      start: () => undefined,
      departures: ({ after }) => ({ crates: [], upTo: after, last: after }),
    });
    const end = await endOf(impostor.link, time, gossipLimits.answerInAllMsMax + 1_000);
    expect(end).toMatchObject({ code: 'request-timeout' });
  });

  it('that has nothing new to say stays', async () => {
    const { time, a, b } = two();
    const connection = connect(a, b);
    await time.pass(2 * 3_600_000);
    expect(connection.a.stats.stage).toBe('live');
    expect(connection.a.stats.lastHeardMs).toBeGreaterThan(time.nowMs() - 30_000);
    connection.cut();
  });

  it('that stops reading is cut off, and keeps no more than some answers waiting', async () => {
    const { time, a, b } = two();
    await a.publishMany(1_000);
    const connection = connect(a, b);
    await time.until(() => connection.a.stats.stage === 'live', 'a is live', 10_000);
    connection.fromA.isReading = false;
    await a.publish();
    const end = await endOf(connection.a, time, gossipLimits.longPollMsMax + gossipLimits.sendMsMax + 1_000);
    expect(end).toMatchObject({ code: 'too-slow', by: 'us' });
    connection.cut();
  });

  it('whose log is another one than it was is met for the first time again', async () => {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time), new TestArchive('b', time)];
    await a.publishMany(50);
    const first = connect(a, b);
    await time.until(() => first.b.stats.stage === 'live', 'b is live', 10_000);
    first.cut();
    await endOf(first.b, time);
    const restored = new TestArchive('a', time);
    await restored.publishMany(3, (i) => time.now - 100 - i);
    const second = connect(restored, b);
    expect(await endOf(second.b, time)).toMatchObject({ code: 'cursor-invalid' });
    const third = connect(restored, b);
    await time.until(() => third.b.stats.stage === 'live' && third.a.stats.stage === 'live', 'live', 10_000);
    expect(haveTheSame(restored, b)).toBe(true);
    third.cut();
  });
});
