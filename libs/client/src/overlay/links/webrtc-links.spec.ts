/** Links between two sides in Node, by the real node-datachannel on loopback. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { LinkSide } from '../../../test/link-side.js';
import { until } from '../../../test/people.js';
import { linkLimits } from './link-limits.js';

const onLoopback = { bindAddress: '127.0.0.1' };
const ends: LinkSide[] = [];

afterEach(() => ends.splice(0).forEach((side) => side.close()));

/** Sides 1, 2, ... that reach each other. */
async function sides(count: number): Promise<readonly LinkSide[]> {
  const all: LinkSide[] = [];
  for (let n = 1; n <= count; n++) {
    const side = new LinkSide(n, (to, signal) => all[to - 1]!.signalled(n, signal));
    all.push(side);
    ends.push(side);
    expect(await side.begin(onLoopback)).toBe(true);
  }
  return all;
}

async function linked(): Promise<readonly [LinkSide, LinkSide]> {
  const [one, two] = (await sides(2)) as [LinkSide, LinkSide];
  one.connect(2);
  await until(() => one.open().length === 1 && two.open().length === 1);
  return [one, two];
}

describe('direct links', () => {
  it('carry packets of every size, whole and in order, both ways', async () => {
    const [one, two] = await linked();
    const lengths = [1, linkLimits.chunkBytesMax, 70_000, linkLimits.packetBytesMax, 2];
    for (const [i, length] of lengths.entries()) {
      expect(one.send(2, length, i)).toBe(true);
      expect(two.send(1, length, i)).toBe(true);
      const told = lengths.slice(0, i + 1).map((sent, n) => `sent ${sent} of ${n}`);
      await until(() => one.events.length === i + 2 && two.events.length === i + 2);
      expect(one.events).toEqual(['2 opened', ...told.map((text) => `2 ${text}`)]);
      expect(two.events).toEqual(['1 opened', ...told.map((text) => `1 ${text}`)]);
    }
  });

  it('come about once when both sides ask for one at the same time', async () => {
    const [one, two] = (await sides(2)) as [LinkSide, LinkSide];
    one.connect(2);
    two.connect(1);
    await until(() => one.open().length === 1 && two.open().length === 1);
    expect(two.send(1, 10, 7)).toBe(true);
    await until(() => one.events.length === 2);
    expect(one.events).toEqual(['2 opened', '2 sent 10 of 7']);
    expect(two.events).toEqual(['1 opened']);
  });

  it('turn packets away that are too large, or more than may wait', async () => {
    const [one, two] = await linked();
    expect(one.send(2, linkLimits.packetBytesMax + 1, 0)).toBe(false);
    expect(one.send(3, 1, 0)).toBe(false);
    const taken = one.sendTooMuch(2);
    expect(one.open()).toEqual([2]);
    await until(() => two.events.length === 1 + taken / linkLimits.packetBytesMax);
    expect(one.send(2, 1, 0)).toBe(true);
  });

  it('end on both sides when one asks for it, and may be made again', async () => {
    const [one, two] = await linked();
    one.disconnect(2);
    await until(() => two.events.length === 2);
    expect(one.events).toEqual(['2 opened', '2 closed: asked']);
    expect(two.events).toEqual(['1 opened', '1 closed: left']);
    two.connect(1);
    await until(() => one.open().length === 1 && two.open().length === 1);
  });

  it('take a side that has lost its links and asks anew', async () => {
    const [one, two] = await linked();
    two.close();
    await until(() => one.events.includes('2 closed: left'));
    expect(one.open()).toEqual([]);
    expect(one.send(2, 1, 0)).toBe(false);
    await two.begin(onLoopback);
    two.connect(1);
    await until(() => one.open().length === 1);
    expect(one.events.at(-1)).toBe('2 opened');
  });

  it('are not made for what is no signal', async () => {
    const [one] = (await sides(1)) as [LinkSide];
    for (const signal of ['', 'AAAA', 'e30']) one.signalled(2, signal);
    expect(one.open()).toEqual([]);
    expect(one.events).toEqual([]);
  });
});
