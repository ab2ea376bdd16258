import { describe, expect, it } from '@jest/globals';
import { archiveLimits } from '../limits.js';
import { ErrandDispatcher, type BatchOutcome } from './errand-dispatcher.js';

/** Batches that end when the test says so, and a clock that it sets. */
class Targets {
  nowMs = 0;
  readonly begun: string[] = [];
  readonly hurried: string[] = [];
  isWaiting = false;
  private readonly open = new Map<string, (outcome: BatchOutcome) => void>();
  readonly dispatcher = new ErrandDispatcher({
    runBatch: (url) => {
      this.begun.push(url);
      return new Promise((resolve) => this.open.set(url, resolve));
    },
    hurry: async (url) => {
      this.hurried.push(url);
      return this.isWaiting;
    },
    now: () => this.nowMs,
  });

  async end(url: string, outcome: BatchOutcome): Promise<void> {
    this.open.get(url)!(outcome);
    this.open.delete(url);
    await this.settled();
  }

  async due(...urls: string[]): Promise<void> {
    for (const url of urls) this.dispatcher.due(url);
    await this.settled();
  }

  /** What has been decided has also been begun. */
  settled = () => new Promise((resolve) => setImmediate(resolve));
}

describe('the dispatcher of errands', () => {
  it('has one batch at an archive at a time, and looks again until nothing is due', async () => {
    const targets = new Targets();
    await targets.due('a', 'a');
    expect(targets.begun).toEqual(['a']);
    await targets.end('a', 'worked');
    expect(targets.begun).toEqual(['a', 'a']);
    await targets.due('a');
    await targets.end('a', 'idle');
    // Something became due while the batch ran.
    expect(targets.begun).toEqual(['a', 'a', 'a']);
    await targets.end('a', 'idle');
    expect(targets.begun).toHaveLength(3);
  });

  it('lets an archive that failed rest, longer each time, whatever is due there', async () => {
    const targets = new Targets();
    for (const restMs of [500, 1_000, 2_000]) {
      const before = targets.begun.length;
      await targets.due('a');
      await targets.end('a', 'failed');
      targets.nowMs += restMs - 1;
      await targets.due('a');
      expect(targets.begun).toHaveLength(before + 1);
      targets.nowMs += 1;
    }
    expect(targets.dispatcher.failing).toBe(1);
  });

  it('tries at once what waits at an archive that is heard of, though not each time', async () => {
    const targets = new Targets();
    await targets.due('a');
    await targets.end('a', 'failed');
    targets.isWaiting = true;
    await targets.dispatcher.heardOf('a');
    await targets.dispatcher.heardOf('a');
    await targets.settled();
    expect(targets.hurried).toEqual(['a']);
    expect(targets.begun).toEqual(['a', 'a']);
    await targets.end('a', 'worked');
    expect(targets.dispatcher.failing).toBe(0);
    expect(targets.hurried).toEqual(['a', 'a']);
  });

  it('deals with archives that work although any number of others hangs', async () => {
    const targets = new Targets();
    await targets.due('works');
    await targets.end('works', 'worked');
    await targets.end('works', 'idle');
    const hanging = Array.from({ length: 100 }, (_, i) => `hangs-${i}`);
    await targets.due(...hanging);
    expect(targets.begun).toHaveLength(2 + archiveLimits.errandDoubtfulTargetsAtOnce);
    await targets.due('works');
    expect(targets.begun.at(-1)).toBe('works');
    await targets.end('hangs-0', 'failed');
    expect(targets.begun.at(-1)).toBe(`hangs-${archiveLimits.errandDoubtfulTargetsAtOnce}`);
  });

  it('remembers an archive that works although more others hang than it remembers', async () => {
    const targets = new Targets();
    await targets.due('works');
    await targets.end('works', 'worked');
    await targets.end('works', 'idle');
    await targets.due(...Array.from({ length: archiveLimits.errandTargetsMax + 1 }, (_, i) => `hangs-${i}`));
    await targets.due('works');
    expect(targets.begun.at(-1)).toBe('works');
  });

  it('makes an archive that answers slowly wait with those that hang', async () => {
    const targets = new Targets();
    await targets.due('slow');
    targets.nowMs += archiveLimits.errandSlowMsMin;
    await targets.end('slow', 'worked');
    await targets.end('slow', 'idle');
    await targets.due(
      ...Array.from({ length: archiveLimits.errandDoubtfulTargetsAtOnce }, (_, i) => `hangs-${i}`),
    );
    const { length } = targets.begun;
    await targets.due('slow');
    expect(targets.begun).toHaveLength(length);
  });

  it('begins nothing more once it stops, and waits for what runs', async () => {
    const targets = new Targets();
    await targets.due('a');
    let isStopped = false;
    const stopped = targets.dispatcher.stop().then(() => (isStopped = true));
    await targets.due('b');
    expect(targets.begun).toEqual(['a']);
    expect(isStopped).toBe(false);
    await targets.end('a', 'worked');
    await stopped;
    expect(targets.begun).toEqual(['a']);
  });
});
