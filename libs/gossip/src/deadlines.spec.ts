import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from '../test/virtual-time.js';
import { Deadlines } from './deadlines.js';

describe('deadlines', () => {
  it('come in their order on one sleep, whatever order they were set in', async () => {
    const time = new VirtualTime();
    const deadlines = new Deadlines(time);
    const came: string[] = [];
    deadlines.after(300, () => came.push('300'));
    deadlines.after(100, () => came.push('100'));
    deadlines.after(200, () => came.push('200'));
    expect(time.sleeping).toBe(1);
    await time.pass(250);
    expect(came).toEqual(['100', '200']);
    await time.pass(100);
    expect(came).toEqual(['100', '200', '300']);
    expect(time.sleeping).toBe(0);
  });

  it('that are taken back do not come, and cost no further sleep', async () => {
    const time = new VirtualTime();
    const deadlines = new Deadlines(time);
    const came: number[] = [];
    deadlines.after(1_000, () => came.push(1_000));
    for (let i = 0; i < 100; i++) deadlines.after(2_000 + i, () => came.push(i))();
    await time.pass(5_000);
    expect(came).toEqual([1_000]);
  });

  it('may set others when they come', async () => {
    const time = new VirtualTime();
    const deadlines = new Deadlines(time);
    let times = 0;
    const again = (): void => {
      if (++times < 5) deadlines.after(10, again);
    };
    deadlines.after(10, again);
    await time.pass(100);
    expect(times).toBe(5);
  });

  it('do not come any more once they are closed', async () => {
    const time = new VirtualTime();
    const deadlines = new Deadlines(time);
    const came: string[] = [];
    deadlines.after(10, () => came.push('before'));
    deadlines.close();
    deadlines.after(10, () => came.push('after'));
    await time.pass(100);
    expect(came).toEqual([]);
    expect(time.sleeping).toBe(0);
  });
});
