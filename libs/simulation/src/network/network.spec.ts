import { describe, expect, it } from '@jest/globals';
import { World, type WorldInit } from '../nodes/world.js';
import { connectionLost, type ConnectionEnd } from './connection.js';
import type { LinkQuality } from './link-quality.js';
import { noticedAtOnce } from './network.js';

const drain = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const quality = (more: Partial<LinkQuality> = {}): LinkQuality => ({
  latencyMs: { min: 10, jitterMean: 0 },
  lossRate: 0,
  bytesPerSecond: Infinity,
  ...more,
});

/** Two nodes with a connection; what each hears is written down with its time. */
async function connected(link: LinkQuality = quality(), init: Partial<WorldInit> = {}) {
  const world = new World({ seed: 1, drain, startMs: 0, qualityOf: () => link, ...init });
  const heard: string[] = [];
  const ends: Record<string, ConnectionEnd> = {};
  const attach = (name: string, end: ConnectionEnd): void => {
    ends[name] = end;
    end.listener = {
      receive: (frame) => heard.push(`${name} ${world.clock.nowMs}: ${String(frame)}`),
      closed: (code) => heard.push(`${name} ${world.clock.nowMs}: closed ${code}`),
    };
  };
  world.network.listen('bob', (end) => attach('bob', end));
  world.network.dial('alice', 'bob', {
    opened: (end) => attach('alice', end),
    failed: () => heard.push('failed'),
  });
  await world.clock.runFor(1000);
  return { world, heard, alice: ends.alice!, bob: ends.bob! };
}

describe('a connection', () => {
  it('brings frames to the other side, in their order, after the latency', async () => {
    const { world, heard, alice, bob } = await connected();
    alice.send('one');
    alice.send('two');
    bob.send('alice has closed before it arrives');
    alice.close();
    await world.clock.runFor(100);
    expect(heard).toEqual(['bob 1010: one', 'bob 1010: two', 'bob 1010: closed undefined']);
  });

  it('keeps the order when frames are delayed and lost, and loses none', async () => {
    const { world, heard, alice } = await connected(
      quality({ latencyMs: { min: 10, jitterMean: 100 }, lossRate: 0.3 }),
    );
    const sent = Array.from({ length: 200 }, (_, index) => `${index}`);
    for (const frame of sent) {
      alice.send(frame);
      await world.clock.runFor(20);
    }
    await world.clock.runFor(600_000);
    expect(heard.map((line) => line.split(': ')[1])).toEqual(sent);
  });

  it('takes its time for many bytes, and says when they have been read', async () => {
    const { world, heard, alice } = await connected(quality({ bytesPerSecond: 1000 }));
    alice.send('x'.repeat(1000));
    alice.send('y'.repeat(1000));
    let readMs = 0;
    alice.whenBelow(1000, () => (readMs = world.clock.nowMs));
    await world.clock.runFor(10_000);
    expect(heard.map((line) => line.slice(0, 9))).toEqual(['bob 2010:', 'bob 3010:']);
    expect(readMs).toBe(2010);
  });

  it('holds everything for a side that does not read, and brings it when it does', async () => {
    const { world, heard, alice, bob } = await connected();
    bob.pause();
    alice.send('one');
    await world.clock.runFor(1000);
    expect([heard, alice.queuedBytes]).toEqual([[], 3]);
    bob.resume();
    await world.clock.runFor(1000);
    expect([heard, alice.queuedBytes]).toEqual([['bob 2010: one'], 0]);
  });

  it('goes on after a cut that heals before anybody notices', async () => {
    const { world, heard, alice } = await connected();
    world.network.cut('alice', 'bob', { minMs: 5000, maxMs: 5000 });
    alice.send('held up');
    await world.clock.runFor(4000);
    expect(heard).toEqual([]);
    world.network.heal('alice', 'bob');
    await world.clock.runFor(10_000);
    expect(heard).toEqual(['bob 5010: held up']);
  });

  it('breaks for each side when it notices, and loses what was on its way', async () => {
    const { world, heard, alice, bob } = await connected();
    world.network.cut('alice', 'bob', { minMs: 5000, maxMs: 9000 });
    alice.send('lost');
    await world.clock.runFor(10_000);
    expect(heard.map((line) => line.replace(/[\d.]+/, 'then')).sort()).toEqual([
      `alice then: closed ${connectionLost}`,
      `bob then: closed ${connectionLost}`,
    ]);
    world.network.heal('alice', 'bob');
    alice.send('nobody hears it');
    await world.clock.runFor(10_000);
    expect([heard.length, alice.isOpen, bob.isOpen]).toEqual([2, false, false]);
  });

  it('can be cut one way only', async () => {
    const { world, heard, alice, bob } = await connected();
    world.network.cut('alice', 'bob', { minMs: 5000, maxMs: 5000 }, false);
    alice.send('held up');
    bob.send('arrives');
    await world.clock.runFor(1000);
    expect(heard).toEqual(['alice 1010: arrives']);
  });

  it.each([
    ['at once', noticedAtOnce, 1010],
    ['late', { minMs: 7000, maxMs: 7000 }, 8000],
  ])('to a node that has died is noticed %s', async (_, noticing, atMs) => {
    const { world, heard, alice } = await connected();
    alice.send('lost');
    world.network.dropNode('alice', noticing);
    await world.clock.runFor(20_000);
    expect(heard).toEqual([`bob ${atMs}: closed ${connectionLost}`]);
  });

  it('is not made over a cut link, nor to somebody who does not listen', async () => {
    const { world } = await connected();
    const failures: string[] = [];
    const dial = (to: string): void => {
      world.network.dial('alice', to, {
        opened: () => failures.push('opened'),
        failed: () => failures.push(`${to} ${world.clock.nowMs}`),
      });
    };
    world.network.cut('alice', 'bob');
    dial('bob');
    dial('carol');
    await world.clock.runFor(60_000);
    expect(failures).toEqual(['carol 1020', 'bob 11000']);
    world.network.healAll();
    world.network.listen('bob', () => {});
    dial('bob');
    await world.clock.runFor(1000);
    expect(failures.at(-1)).toBe('opened');
  });
});

it('the same seed makes the same trace, another seed another one', async () => {
  const traceOf = async (seed: number): Promise<string> => {
    const { world, alice, bob } = await connected(
      quality({ latencyMs: { min: 1, jitterMean: 30 }, lossRate: 0.1 }),
      { seed },
    );
    const dice = world.random('dice');
    for (let i = 0; i < 50; i++) {
      (dice.happens(0.5) ? alice : bob).send(new Uint8Array([dice.whole(0, 255), i]));
      await world.clock.runFor(dice.between(0, 50));
    }
    return world.trace.hash();
  };
  expect(await traceOf(3)).toBe(await traceOf(3));
  expect(await traceOf(3)).not.toBe(await traceOf(4));
});

describe('a port', () => {
  it('is reached by those who dial it, as long as its node lives', async () => {
    const { world } = await connected();
    const reached: string[] = [];
    const dial = (port?: string): void => {
      const listener = { opened: () => {}, failed: () => reached.push('none') };
      world.network.dial('alice', 'carol', listener, port);
    };
    world.network.listen('carol', () => reached.push('main'));
    world.network.listen('carol', () => reached.push('side'), 'side');
    for (const port of [undefined, 'side', 'other']) {
      dial(port);
      await world.clock.runFor(1000);
    }
    world.network.dropNode('carol', noticedAtOnce);
    dial('side');
    await world.clock.runFor(1000);
    expect(reached).toEqual(['main', 'side', 'none', 'none']);
  });
});
