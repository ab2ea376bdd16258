import { afterEach, describe, expect, it } from '@jest/globals';
import { encodeBase64url, type RecordPayload, type Scope } from '@holdfast/protocol';
import { initiate } from '@holdfast/reconcile';
import { gossipLimits } from '../src/limits.js';
import { nothing, pretendTo } from './impostor.js';
import { VirtualTime } from './virtual-time.js';
import { alice, bob, connect, haveTheSame, TestArchive, type Connection } from './world.js';

const connections: Connection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.cut();
});

async function joined(a: TestArchive, b: TestArchive): Promise<Connection> {
  const connection = connect(a, b);
  connections.push(connection);
  const areLive = (): boolean => [connection.a, connection.b].every(({ stats }) => stats.stage === 'live');
  await a.time.until(areLive, 'both are live', 600_000);
  return connection;
}

function two(scopes: readonly Scope[] = []): { time: VirtualTime; a: TestArchive; b: TestArchive } {
  const time = new VirtualTime();
  const [scopeA = {}, scopeB = {}] = scopes;
  return {
    time,
    a: new TestArchive('a', time, { scope: scopeA }),
    b: new TestArchive('b', time, { scope: scopeB }),
  };
}

const retractionOf = (...refs: string[]): Partial<RecordPayload> => ({ collection: 'retractions', refs });

describe('what was taken back', () => {
  it('is taken back at the other archive, too, while both are live', async () => {
    const { time, a, b } = two();
    await joined(a, b);
    const target = await a.publish();
    await time.until(() => b.memory.ids().includes(target), 'b has it', 100);
    const retraction = await b.publish(retractionOf(target));
    await time.until(() => haveTheSame(a, b), 'they are the same', 100);
    expect(a.memory.ids()).toEqual([retraction]);
  });

  it('is never asked for where that is known, and leaves no difference', async () => {
    const { time, a, b } = two();
    const target = a.make();
    await a.memory.publish(target.jws);
    await b.memory.publish(target.jws);
    await b.publish(retractionOf(target.id));
    const connection = await joined(a, b);
    await time.until(() => haveTheSame(a, b), 'they are the same', 1_000);
    expect(connection.fromB.frames.filter((frame) => frame.includes('"want"'))).toEqual([]);
    expect(await time.during(connection.b.compareNow())).toMatchObject({ same: true });
  });

  it('does not come back from an archive that has not heard of it', async () => {
    const time = new VirtualTime();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => new TestArchive(name, time));
    const target = a!.make();
    await a!.memory.publish(target.jws);
    await c!.memory.publish(target.jws);
    const retraction = await a!.publish(retractionOf(target.id));
    // b has only the retraction, then hears of the target.
    await joined(a!, b!);
    expect(b!.memory.ids()).toEqual([retraction]);
    await joined(b!, c!);
    await time.until(() => haveTheSame(a!, b!, c!), 'they are the same', 1_000);
    expect(c!.memory.ids()).toEqual([retraction]);
  });

  it('between being named and being handed out is gone, and that is no offence', async () => {
    const { time, a, b } = two();
    const connection = await joined(a, b);
    connection.fromA.latencyMs = 100;
    const target = await a.publish();
    await time.until(() => connection.fromA.frames.at(-1)!.includes(target), 'a has named it', 1_000);
    const retraction = await a.publish(retractionOf(target));
    await time.until(() => haveTheSame(a, b), 'they are the same', 10_000);
    expect(b.memory.ids()).toEqual([retraction]);
    expect(connection.b.stats.recordsFetched).toBe(1);
  });
});

describe('what has expired', () => {
  it('is kept and handed on like everything else', async () => {
    const { time, a, b } = two();
    const { id, jws } = a.make({ iat: time.now - 100, exp: time.now - 50 });
    await a.memory.publish(jws);
    await joined(a, b);
    expect(b.memory.ids()).toEqual([id]);
  });
});

describe('a record from the future', () => {
  it('is passed over, and found by a later comparison when its time has come', async () => {
    const time = new VirtualTime();
    const b = new TestArchive('b', time);
    const early = b.make({ iat: time.now + 900 });
    const ahead = new VirtualTime();
    await ahead.pass(900_000);
    const a = new TestArchive('a', ahead);
    await a.memory.publish(early.jws);
    // The clock of a is ahead; over the wire it only answers.
    const impostor = pretendTo(b, {
      ...nothing,
      start: () => ({ last: 1, count: 1 }),
      page: () => ({ records: [early.jws], upTo: 1, last: 1 }),
      compare: () => ({ message: compared }),
      want: () => ({ records: [early.jws], gone: [] }),
    });
    const compared = await messageOf(a);
    await time.until(() => impostor.link.stats.stage === 'live', 'b is live', 60_000);
    expect(b.memory.ids()).toEqual([]);
    await time.until(() => b.memory.ids().length === 1, 'b has it', 2 * gossipLimits.compareEveryMs);
    expect(impostor.closed).toEqual([]);
    impostor.link.close();
  });
});

async function messageOf(archive: TestArchive): Promise<string> {
  const set = await archive.memory.openSet([{}]);
  return encodeBase64url(await set.run((storage) => initiate(storage)));
}

describe('archives of different scopes', () => {
  it('exchange what both keep, and are the same in that', async () => {
    const time = new VirtualTime();
    const [scopeA, scopeB]: Scope[] = [
      { authors: [alice], since: time.now - 100 },
      { collections: ['notes'] },
    ];
    const a = new TestArchive('a', time, { scope: scopeA! });
    const b = new TestArchive('b', time, { scope: scopeB! });
    const fromA = await a.publish();
    await a.publish({ collection: 'photos' });
    await b.publish({}, bob);
    await b.publish({ iat: time.now - 200 });
    const fromB = await b.publish();
    const profile = await b.publish({ collection: 'profile' });
    const connection = await joined(a, b);
    const agreed = [scopeA!, scopeB!];
    const both = [fromA, fromB, profile].sort();
    expect([a.memory.ids(agreed), b.memory.ids(agreed)]).toEqual([both, both]);
    expect([a.memory.ids().length, b.memory.ids().length]).toEqual([4, 5]);
    const live = await b.publish();
    await b.publish({}, bob);
    await time.until(() => a.memory.ids().includes(live), 'a has it', 100);
    expect(await time.during(connection.a.compareNow())).toMatchObject({ same: true });
    expect(connection.a.stats.lagRecords).toBe(0);
  });

  it('meet for the first time again when a scope has changed', async () => {
    const time = new VirtualTime();
    const a = new TestArchive('a', time);
    const narrow = new TestArchive('b', time, { scope: { collections: ['photos'] } });
    await a.publishMany(10);
    const connection = await joined(a, narrow);
    connection.cut();
    const before = narrow.progressWith(a.id).progress!;
    const wide = new TestArchive('b', time);
    await wide.progressWith(a.id).save(before);
    await joined(a, wide);
    expect(haveTheSame(a, wide)).toBe(true);
    expect(wide.progressWith(a.id).progress!.scope).not.toBe(before.scope);
  });

  it('skip long stretches of the log in which nothing is meant for the other', async () => {
    const { time, a, b } = two([{}, { authors: [bob] }]);
    await a.publishMany(1_000);
    const his = await a.publish({}, bob);
    const connection = await joined(a, b);
    expect(b.memory.ids()).toEqual([his]);
    await a.publishMany(1_000);
    const news = connection.fromA.frames.length;
    await time.pass(1_000);
    expect(connection.fromA.frames.length - news).toBeLessThan(3);
    const next = await a.publish({}, bob);
    await time.until(() => b.memory.ids().includes(next), 'b has it', 100);
  });
});

describe('a comparison that an operator asks for', () => {
  it('names what differs, and fetches nothing unless it is told to', async () => {
    const { time, a, b } = two();
    const connection = await joined(a, b);
    connection.fromA.isDropping = true;
    const [hers, his] = [await a.publish(), await b.publish()];
    // The news of a are lost on the way.
    await time.pass(100);
    connection.fromA.isDropping = false;
    const looked = await time.during(connection.b.compareNow({ fetch: false }));
    expect(looked).toMatchObject({ same: false, have: [his], need: [hers], truncated: false, stored: 0 });
    expect(b.memory.ids()).toEqual([his]);
    expect(await time.during(connection.b.compareNow())).toMatchObject({
      need: [hers],
      stored: 1,
      complete: true,
    });
    expect(b.memory.ids()).toEqual([hers, his].sort());
    expect(connection.b.stats).toMatchObject({ differed: 2, stage: 'live' });
  });

  it('takes the horizon of a peer whose records are all here', async () => {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time, { horizon: 1_000 }), new TestArchive('b', time)];
    await joined(a, b);
    expect(b.progressWith(a.id)).toMatchObject({ theirHorizon: 1_000, syncedTimes: 1 });
    expect(a.progressWith(b.id)).toMatchObject({ theirHorizon: undefined, syncedTimes: 1 });
  });

  it('takes no horizon from a peer that keeps a part only', async () => {
    const time = new VirtualTime();
    const scope = { collections: ['notes'] };
    const [a, b] = [new TestArchive('a', time, { horizon: 1_000, scope }), new TestArchive('b', time)];
    await joined(a, b);
    expect(b.progressWith(a.id)).toMatchObject({ theirHorizon: undefined, syncedTimes: 1 });
  });
});

describe('how crates leave', () => {
  it('is told with its proof to where they wait, and to nobody else', async () => {
    const time = new VirtualTime();
    const known = [{ id: alice, url: 'https://archive.example' }];
    const [a, b] = [new TestArchive('a', time, { known }), new TestArchive('b', time)];
    const crate = (place: number): string =>
      encodeBase64url(
        new Uint8Array(32)
          .fill(1)
          .fill(place >> 8, 30)
          .fill(place, 31),
      );
    for (let i = 100; i < 700; i++) a.departures.deposit(crate(i));
    for (let i = 600; i < 800; i++) b.departures.deposit(crate(i));
    const connection = await joined(a, b);
    expect(b.exchange.proposed).toEqual(known);
    const left = Array.from({ length: 550 }, (_, i) => crate(i + 100));
    await a.departures.depart(left.map((it) => ({ crate: it, way: 'ack', proof: it })));
    await time.until(() => b.departures.waiting.length === 150, 'they have left b', 1_000);
    expect(b.departures.waiting).toEqual(Array.from({ length: 150 }, (_, i) => crate(i + 650)).sort());
    const asked = connection.fromB.frames.filter((frame) => frame.includes('"proofs"'));
    expect(asked.join().match(/AQEB[\w-]{39}/g)).toHaveLength(50);
    await time.pass(gossipLimits.saveEveryMs);
    expect(b.progressWith(a.id).progress).toMatchObject({ departures: 550 });
    connection.cut();
    const again = await joined(a, b);
    expect(again.fromB.frames.filter((frame) => frame.includes('"proofs"'))).toEqual([]);
  });

  it('is looked at again from the start where the peer has lost its log of them, and the link goes on', async () => {
    const time = new VirtualTime();
    const [a, b] = [new TestArchive('a', time), new TestArchive('b', time)];
    const crate = encodeBase64url(new Uint8Array(32).fill(7));
    b.departures.deposit(crate);
    await b.progressWith(a.id).save({ records: 0, stage: 'live', departures: 9, scope: '[{},{}]' });
    const connection = await joined(a, b);
    a.departures.deposit(crate);
    await a.departures.depart([{ crate, way: 'ack', proof: crate }]);
    await time.until(() => b.departures.waiting.length === 0, 'it has left b', 1_000);
    await time.pass(gossipLimits.saveEveryMs);
    expect(b.progressWith(a.id).progress).toMatchObject({ departures: 1 });
    expect(connection.b.stats.stage).toBe('live');
  });
});
