import { describe, expect, it } from '@jest/globals';
import { settled, VirtualTime } from '../test/virtual-time.js';
import { Life, LinkOver } from './life.js';
import { Slots } from './slots.js';

const life = (): Life => new Life(new VirtualTime(), async () => undefined);

describe('slots', () => {
  it('let so many in, and the others in their order', async () => {
    const slots = new Slots(2);
    const entered: number[] = [];
    const gives = [await slots.take(life()), await slots.take(life())];
    for (const place of [1, 2]) void slots.take(life()).then(() => entered.push(place));
    await settled();
    expect(entered).toEqual([]);
    gives[0]!();
    gives[0]!();
    await settled();
    expect(entered).toEqual([1]);
    gives[1]!();
    await settled();
    expect(entered).toEqual([1, 2]);
  });

  it('are not kept for a link that is over', async () => {
    const slots = new Slots(1);
    const giveBack = await slots.take(life());
    const over = life();
    const waiting = slots.take(over);
    over.finish({ by: 'us' });
    await expect(waiting).rejects.toBeInstanceOf(LinkOver);
    giveBack();
    (await slots.take(life()))();
  });
});
