import { describe, expect, it, jest } from '@jest/globals';
import { SetUpkeep } from './set-upkeep.js';

const soon = { setUpkeepMsMin: 1, setUpkeepPollMs: 3_600_000, setUpkeepRestFactor: 0 };

/** Steps that end when the test says so, with whether there is more. */
class Steps {
  begun = 0;
  private end: ((isBehind: boolean) => void) | undefined;
  private waiting: (() => void)[] = [];

  step = (): Promise<boolean> => {
    this.begun += 1;
    for (const wake of this.waiting.splice(0)) wake();
    return new Promise((resolve) => (this.end = resolve));
  };

  async until(begun: number): Promise<void> {
    while (this.begun < begun) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  finish(isBehind = false): void {
    this.end!(isBehind);
  }
}

describe('the upkeep of the set', () => {
  it('begins with what was committed while the archive was away, until nothing is left', async () => {
    const steps = new Steps();
    const upkeep = new SetUpkeep(steps, () => undefined, soon);
    upkeep.start();
    await steps.until(1);
    steps.finish(true);
    await steps.until(2);
    steps.finish();
    await upkeep.stop();
    expect(steps.begun).toBe(2);
  });

  it('sets no timer into the past, of which Node would warn', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const steps = new Steps();
    const upkeep = new SetUpkeep(steps, () => undefined, soon);
    upkeep.start();
    expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([0]);
    timers.mockRestore();
    await upkeep.stop();
  });

  it('follows each commit that it hears of, also of one that comes while it works, once', async () => {
    const steps = new Steps();
    const upkeep = new SetUpkeep(steps, () => undefined, soon);
    upkeep.poke();
    upkeep.poke();
    await steps.until(1);
    upkeep.poke();
    upkeep.poke();
    steps.finish();
    await steps.until(2);
    steps.finish();
    await upkeep.stop();
    expect(steps.begun).toBe(2);
  });

  it('looks from time to time though it has heard of nothing', async () => {
    const steps = new Steps();
    const upkeep = new SetUpkeep(steps, () => undefined, { ...soon, setUpkeepPollMs: 1 });
    upkeep.start();
    await steps.until(1);
    steps.finish();
    await steps.until(2);
    steps.finish();
    await upkeep.stop();
  });

  it('tries again after a step that failed', async () => {
    const troubles: unknown[] = [];
    const steps = new Steps();
    let isAway = true;
    const step = () => {
      const outcome = steps.step();
      return isAway ? Promise.reject(new Error('away')) : outcome;
    };
    const upkeep = new SetUpkeep({ step }, (error) => (isAway = troubles.push(error) < 1), {
      ...soon,
      setUpkeepPollMs: 1,
    });
    upkeep.start();
    await steps.until(2);
    steps.finish();
    await upkeep.stop();
    expect(troubles).toEqual([new Error('away')]);
  });

  it('waits at its end for the step that is under way, and begins none after it', async () => {
    const steps = new Steps();
    const upkeep = new SetUpkeep(steps, () => undefined, soon);
    upkeep.start();
    await steps.until(1);
    let isStopped = false;
    const stopped = upkeep.stop().then(() => (isStopped = true));
    await Promise.resolve();
    expect(isStopped).toBe(false);
    upkeep.poke();
    steps.finish(true);
    await stopped;
    expect(steps.begun).toBe(1);
  });
});
