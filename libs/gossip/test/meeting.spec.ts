import { afterEach, describe, expect, it } from '@jest/globals';
import { VirtualTime } from './virtual-time.js';
import { connect, haveTheSame, TestArchive, type Connection } from './world.js';

const connections: Connection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.cut();
});

function join(a: TestArchive, b: TestArchive): Connection {
  const connection = connect(a, b);
  connections.push(connection);
  return connection;
}

const isLive = ({ a, b }: Connection): boolean => a.stats.stage === 'live' && b.stats.stage === 'live';

describe('two archives that meet for the first time', () => {
  it('are live when both are empty', async () => {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time), new TestArchive('b', time)];
    const connection = join(a, b);
    await time.until(() => isLive(connection), 'both are live', 1_000);
    expect(a.progressWith(b.id)).toMatchObject({ syncedTimes: 1, progress: { records: 0, stage: 'live' } });
  });

  it('bring an empty one everything by pages, each body once', async () => {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time), new TestArchive('b', time)];
    await a.publishMany(5_000);
    const connection = join(a, b);
    await time.until(() => isLive(connection), 'both are live', 10_000);
    expect(haveTheSame(a, b)).toBe(true);
    expect(connection.b.stats).toMatchObject({ recordsFetched: 5_000, differed: 0, lagRecords: 0 });
    expect(connection.a.stats).toMatchObject({ recordsFetched: 0, recordsServed: 5_000 });
    expect(connection.fromB.count('want')).toBe(0);
  });

  it('exchange only what differs when they have most in common', async () => {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time), new TestArchive('b', time)];
    for (let i = 0; i < 2_000; i++) {
      const { jws } = a.make({ iat: time.now - i });
      await a.memory.publish(jws);
      if (i % 50 !== 0) await b.memory.publish(jws);
    }
    const connection = join(a, b);
    await time.until(() => isLive(connection), 'both are live', 10_000);
    expect(haveTheSame(a, b)).toBe(true);
    expect(connection.b.stats.recordsFetched).toBe(40);
    expect(connection.fromB.count('page')).toBe(0);
  });

  it('read along the ids when a good part is missing, and bring nothing twice', async () => {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time), new TestArchive('b', time)];
    for (let i = 0; i < 2_000; i++) {
      const { jws } = a.make({ iat: time.now - i });
      await a.memory.publish(jws);
      if (i % 4 === 0) await b.memory.publish(jws);
    }
    const connection = join(a, b);
    await time.until(() => isLive(connection), 'both are live', 10_000);
    expect(haveTheSame(a, b)).toBe(true);
    expect(connection.b.stats.recordsFetched).toBe(1_500);
    expect(connection.fromB.count('page')).toBe(0);
    expect(connection.fromB.count('compare')).toBe(1);
  });

  it('end up with both halves when they have nothing in common', async () => {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time), new TestArchive('b', time)];
    await a.publishMany(1_000, (i) => time.now - i);
    await b.publishMany(900, (i) => time.now - i);
    const connection = join(a, b);
    await time.until(() => isLive(connection), 'both are live', 10_000);
    expect(haveTheSame(a, b)).toBe(true);
    expect(a.memory.ids()).toHaveLength(1_900);
  });
});

describe('two archives that are live', () => {
  it('have at once what is published at either', async () => {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time), new TestArchive('b', time)];
    const connection = join(a, b);
    await time.until(() => isLive(connection), 'both are live', 1_000);
    await a.publish();
    await time.until(() => haveTheSame(a, b), 'b has it', 10);
    await b.publish();
    await time.until(() => haveTheSame(a, b), 'a has it', 10);
    expect(a.memory.ids()).toHaveLength(2);
  });
});
