import { describe, expect, it } from '@jest/globals';
import type { Life } from './life.js';
import { Node } from './node.js';
import { World } from './world.js';

const drain = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Counter extends Node {
  readonly disk = { written: 0 };
  life: Life | undefined;
  memory = 0;

  protected begin(life: Life): void {
    this.life = life;
    void this.count(life);
  }

  protected ended(): void {
    this.life = undefined;
    this.memory = 0;
  }

  async count(life: Life): Promise<void> {
    for (;;) {
      await life.sleep(1000);
      this.memory++;
      await life.within(Promise.resolve());
      this.disk.written++;
    }
  }
}

describe('a node', () => {
  it('loses by a crash what was in memory, and keeps what is on its disk', async () => {
    const world = new World({ seed: 1, drain });
    const node = new Counter(world, 'alice');
    node.start();
    await world.clock.runFor(5500);
    expect([node.memory, node.disk.written]).toEqual([5, 5]);
    node.crash();
    await world.clock.runFor(60_000);
    expect([node.memory, node.disk.written, node.isUp, world.clock.planned]).toEqual([0, 5, false, 0]);
    node.start();
    await world.clock.runFor(1500);
    expect([node.memory, node.disk.written]).toEqual([1, 6]);
  });

  it('does nothing any more in a life that has ended, not even with what it was told just before', async () => {
    const world = new World({ seed: 1, drain });
    const node = new Counter(world, 'alice');
    node.start();
    const life = node.life!;
    let isReached = false;
    const answer = life.within(Promise.resolve('answer')).then(() => (isReached = true));
    node.crash();
    life.after(1, () => (isReached = true));
    void life.sleep(1).then(() => (isReached = true));
    await world.clock.runFor(1000);
    expect([isReached, answer instanceof Promise]).toEqual([false, true]);
  });

  it('wakes early from a sleep that is called off', async () => {
    const world = new World({ seed: 1, drain, startMs: 0 });
    const node = new Counter(world, 'alice');
    node.start();
    const calledOff = new AbortController();
    let wokenMs = -1;
    void node.life!.sleep(60_000, calledOff.signal).then(() => (wokenMs = world.clock.nowMs));
    world.clock.after(50, () => calledOff.abort());
    await world.clock.runFor(100);
    expect(wokenMs).toBe(50);
    void node.life!.sleep(60_000, calledOff.signal).then(() => (wokenMs = world.clock.nowMs));
    await world.clock.runFor(1);
    expect(wokenMs).toBe(100);
  });

  it('has a clock that may be wrong', () => {
    const world = new World({ seed: 1, drain, startMs: 1000 });
    const node = new Counter(world, 'alice');
    node.skewMs = -400;
    expect(node.nowMs()).toBe(600);
  });
});
