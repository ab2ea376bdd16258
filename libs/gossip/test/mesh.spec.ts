import { describe, expect, it } from '@jest/globals';
import { gossipLimits } from '../src/limits.js';
import { pretendTo } from './impostor.js';
import { VirtualTime } from './virtual-time.js';
import { connect, haveTheSame, TestArchive, type Connection } from './world.js';

function three(): { time: VirtualTime; a: TestArchive; b: TestArchive; c: TestArchive } {
  const time = new VirtualTime();
  const [a, b, c] = ['a', 'b', 'c'].map((name) => new TestArchive(name, time));
  return { time, a: a!, b: b!, c: c! };
}

const fetchedOver = (...connections: Connection[]): number =>
  connections.reduce((sum, { a, b }) => sum + a.stats.recordsFetched + b.stats.recordsFetched, 0);

const areLive = (...connections: Connection[]): boolean =>
  connections.every(({ a, b }) => a.stats.stage === 'live' && b.stats.stage === 'live');

describe('three archives that gossip with each other', () => {
  it('transfer each body to each archive once, though two name it', async () => {
    const { time, a, b, c } = three();
    const mesh = [connect(a, b), connect(b, c), connect(c, a)];
    await time.until(() => areLive(...mesh), 'all are live', 60_000);
    const before = fetchedOver(...mesh);
    for (let i = 0; i < 300; i++) {
      await [a, b, c][i % 3]!.publish();
      await time.pass(2);
    }
    await time.until(() => haveTheSame(a, b, c), 'all have the same', 1_000);
    expect(fetchedOver(...mesh) - before).toBe(600);
    for (const connection of mesh) connection.cut();
    expect([a, b, c].map(({ shared }) => shared.fetching.size)).toEqual([0, 0, 0]);
  });

  it('transfer a body once that two name at the same moment', async () => {
    const { time, a, b, c } = three();
    const links = [connect(a, c), connect(b, c)];
    await time.until(() => areLive(...links), 'all are live', 60_000);
    for (let i = 0; i < 100; i++) {
      const { jws } = a.make();
      await a.memory.publish(jws);
      await b.memory.publish(jws);
      await time.pass(1);
    }
    await time.until(() => haveTheSame(a, b, c), 'all have the same', 1_000);
    expect(fetchedOver(...links)).toBe(100);
    for (const connection of links) connection.cut();
  });

  it('bring a new one each body once, from whichever it met first', async () => {
    const { time, a, b, c } = three();
    for (let i = 0; i < 1_000; i++) {
      const { jws } = a.make();
      await a.memory.publish(jws);
      await b.memory.publish(jws);
    }
    const links = [connect(a, c), connect(b, c)];
    await time.until(() => areLive(...links), 'all are live', 60_000);
    expect(haveTheSame(a, b, c)).toBe(true);
    expect(fetchedOver(...links)).toBe(1_000);
    for (const connection of links) connection.cut();
  });

  it('get from one what another was about to bring when its link broke', async () => {
    const { time, a, b, c } = three();
    const [toA, toB] = [connect(a, c), connect(b, c)];
    await time.until(() => areLive(toA, toB), 'all are live', 60_000);
    const { id, jws } = a.make();
    // a names it first, and then does not hand it out.
    await a.memory.publish(jws);
    await time.until(() => toA.fromB.count('want') === 1, 'c wants it from a', 100);
    toA.fromA.isReading = false;
    toA.fromA.deliver = () => undefined;
    await b.memory.publish(jws);
    await time.pass(10);
    expect(toB.fromB.count('want')).toBe(0);
    toA.cut();
    await time.until(() => c.memory.ids().includes(id), 'c has it from b', 100);
    expect(toB.b.stats.recordsFetched).toBe(1);
    toB.cut();
  });

  it('do not wait for the slow one among them', async () => {
    const { time, a, b, c } = three();
    const [toA, toB] = [connect(a, c), connect(b, c)];
    await time.until(() => areLive(toA, toB), 'all are live', 60_000);
    const jws = Array.from({ length: 5 }, () => a.make().jws);
    for (const record of jws) await a.memory.publish(record);
    await time.until(() => toA.fromB.count('want') === 1, 'c wants them from a', 100);
    toA.fromA.latencyMs = 20_000;
    for (const record of jws) await b.memory.publish(record);
    await time.until(() => haveTheSame(b, c), 'c has them from b', gossipLimits.claimPatienceMs + 100);
    toA.cut();
    toB.cut();
    await time.until(() => c.shared.fetching.size === 0, 'nothing is claimed', 100);
  });

  it('do not wait with their first meeting for one that crawls', async () => {
    const { time, a, b } = three();
    await a.publishMany(300);
    let place = 0;
    const crawling = pretendTo(b, {
      start: () => ({ last: 1_000_000, count: 1_000_000 }),
      page: () => ({ records: [b.make().jws], upTo: ++place, last: 1_000_000 }),
    });
    crawling.toIt.latencyMs = 10_000;
    await time.until(() => crawling.link.stats.stage === 'snapshot', 'the meeting has begun', 60_000);
    const connection = connect(a, b);
    await time.until(() => connection.b.stats.stage === 'live', 'b is live with a', 100_000);
    expect(crawling.link.stats.stage).toBe('snapshot');
    crawling.link.close();
    connection.cut();
  });

  it('go on with the next first meeting when the one before it is cut', async () => {
    const { time, a, b, c } = three();
    await a.publishMany(3_000);
    await b.publishMany(300);
    const toA = connect(a, c);
    toA.fromA.latencyMs = 25_000;
    const toB = connect(b, c);
    await time.until(() => toA.b.stats.stage === 'snapshot', 'c meets a', 100_000);
    toA.cut();
    await time.until(() => toB.b.stats.stage === 'live', 'c is done with b', 1_000);
    expect(haveTheSame(b, c)).toBe(true);
    toB.cut();
  });
});
