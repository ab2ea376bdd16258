/** When mailboxes are announced again, with whole nodes and a clock that is told what time it is. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk, signingKeyFromJwk } from '@holdfast/protocol';
import { JumpingClock } from '../../../test/jumping-clock.js';
import { NodeWaters, turn, type NodeEnd } from '../../../test/node-waters.js';
import { directLimits } from './direct-limits.js';

let waters: NodeWaters | undefined;
afterEach(() => waters?.close());

const newMailbox = async () => signingKeyFromJwk(await generatePrivateJwk());

async function announcing(mailboxes: number) {
  const clock = new JumpingClock();
  waters = await NodeWaters.fill(4, clock);
  const [end] = waters.nodes as [NodeEnd];
  end.direct.announce(await Promise.all(Array.from({ length: mailboxes }, newMailbox)));
  const told = async (times: number): Promise<void> => {
    while (end.stores.count < times || end.stores.ended < times) await turn();
  };
  await told(mailboxes);
  const jump = (ms: number): void => clock.jump({ seconds: ms / 1_000 });
  return { clock, waters, end, told, jump };
}

describe('a mailbox that is announced', () => {
  it('is announced again before its holders let go of it', async () => {
    const { end, told, jump } = await announcing(2);
    expect(end.stores.count).toBe(2);
    jump(directLimits.announceEveryMs);
    await told(4);
    jump(directLimits.announceEveryMs);
    await told(6);
  });

  it('is announced again soon when the archive has gone, and when it has come back, but not all the time', async () => {
    const { end, told, jump } = await announcing(1);
    const turned = (): void => {
      end.isRelayed = !end.isRelayed;
      end.changed();
    };
    turned();
    jump(directLimits.announceSoonMs);
    await told(2);
    for (let i = 0; i < 9; i++) turned();
    jump(directLimits.announceRestMs);
    await told(3);
    // What has been said is not planned any more.
    for (let i = 0; i < 20; i++) await turn();
    expect(end.stores.count).toBe(3);
  });

  it('is announced again soon when nobody could be reached for a while', async () => {
    const { waters: all, told, jump } = await announcing(1);
    all.open(false);
    all.open(true);
    jump(directLimits.announceSoonMs);
    await told(2);
  });

  it('is announced again after a pause when too few have taken it', async () => {
    const { waters: all, end, told, jump } = await announcing(1);
    for (const other of all.nodes.slice(1)) other.isFull = true;
    jump(directLimits.announceEveryMs);
    await told(2);
    for (const other of all.nodes) other.isFull = false;
    jump(2 * directLimits.retryBaseMs);
    await told(3);
    expect([...end.stores.brought.values()].at(-1)).toBe(8);
  });

  it('is not announced any more when it is not collected', async () => {
    const { end, jump } = await announcing(1);
    end.direct.announce([]);
    end.isRelayed = false;
    end.changed();
    jump(directLimits.announceEveryMs);
    for (let i = 0; i < 20; i++) await turn();
    expect(end.stores.count).toBe(1);
  });
});
