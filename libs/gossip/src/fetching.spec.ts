import { describe, expect, it } from '@jest/globals';
import { VirtualTime } from '../test/virtual-time.js';
import { Fetching } from './fetching.js';
import { Life } from './life.js';
import { gossipLimits } from './limits.js';

function lifeIn(time: VirtualTime): Life {
  return new Life(time, async () => undefined);
}

describe('ids that are being fetched', () => {
  it('belong to whoever claimed them first', () => {
    const fetching = new Fetching();
    const [one, another] = [{}, {}];
    expect(fetching.claim(['a', 'b'], one, false)).toEqual({ mine: ['a', 'b'], others: [] });
    expect(fetching.claim(['b', 'c'], another, false)).toEqual({ mine: ['c'], others: ['b'] });
    fetching.release(['a', 'b'], another, false);
    expect(fetching.size).toBe(3);
    fetching.release(['a', 'b'], one, false);
    expect(fetching.size).toBe(1);
  });

  it('are waited for until they are here, or nobody fetches them any more', async () => {
    const [fetching, time, one] = [new Fetching(), new VirtualTime(), {}];
    fetching.claim(['a', 'b'], one, false);
    const waiting = fetching.wait(['a', 'b', 'free'], lifeIn(time));
    fetching.release(['a'], one, true);
    fetching.release(['b'], one, false);
    expect(await waiting).toEqual({ rest: ['free', 'b'], isPatienceOver: false });
  });

  it('are taken over when whoever fetches them takes too long, who then frees nothing', async () => {
    const [fetching, time] = [new Fetching(), new VirtualTime()];
    const [slow, quick] = [{}, {}];
    fetching.claim(['a'], slow, false);
    const { rest, isPatienceOver } = await time.during(fetching.wait(['a'], lifeIn(time)));
    expect([rest, isPatienceOver, time.nowMs() % 1_000_000]).toEqual([
      ['a'],
      true,
      gossipLimits.claimPatienceMs,
    ]);
    expect(fetching.claim(['a'], quick, true)).toEqual({ mine: ['a'], others: [] });
    fetching.release(['a'], slow, false);
    expect(fetching.size).toBe(1);
    // But when it is here after all, it is here for everybody.
    fetching.release(['a'], slow, true);
    expect(fetching.size).toBe(0);
  });

  it('are left to whoever is storing them, however long that takes', async () => {
    const [fetching, time, one] = [new Fetching(), new VirtualTime(), {}];
    fetching.claim(['a'], one, false);
    fetching.arrived(['a']);
    await time.during(fetching.wait(['a'], lifeIn(time)));
    expect(fetching.claim(['a'], {}, true)).toEqual({ mine: [], others: ['a'] });
  });

  it('keep nobody whose link is over', async () => {
    const [fetching, time] = [new Fetching(), new VirtualTime()];
    const life = lifeIn(time);
    fetching.claim(['a'], {}, false);
    const waiting = fetching.wait(['a'], life);
    life.finish({ by: 'us' });
    expect(await waiting).toEqual({ rest: ['a'], isPatienceOver: false });
    expect(time.sleeping).toBe(0);
  });
});
