import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { GroupCommit, type Ripening } from './group-commit.js';

interface Item {
  readonly name: number;
  readonly bytes: number;
}

/** A commit that ends when it is told to. */
class Commits {
  readonly groups: number[][] = [];
  private end: ((error?: Error) => void) | undefined;
  private began: (() => void) | undefined;

  readonly commit = async (items: readonly Item[]): Promise<number[]> => {
    this.groups.push(items.map(({ name }) => name));
    this.began?.();
    await new Promise<void>((resolve, reject) => {
      this.end = (error) => (error === undefined ? resolve() : reject(error));
    });
    return items.map(({ name }) => name * 10);
  };

  async begun(count: number): Promise<void> {
    while (this.groups.length < count) await new Promise<void>((resolve) => (this.began = resolve));
  }

  finish(error?: Error): void {
    this.end!(error);
  }
}

const open = (
  commits: Commits,
  bounds: Partial<{ items: number; bytes: number; queued: number; queuedBytes: number }> = {},
  ripening?: Ripening,
) =>
  new GroupCommit<Item, number>({
    commit: commits.commit,
    bytesOf: ({ bytes }) => bytes,
    perCommit: { items: bounds.items ?? 100, bytes: bounds.bytes ?? 1000 },
    queued: { items: bounds.queued ?? 100, bytes: bounds.queuedBytes ?? 1000 },
    ...(ripening === undefined ? {} : { ripening }),
  });

const item = (name: number, bytes = 1): Item => ({ name, bytes });

describe('a group commit', () => {
  it('commits together what is added in one turn, and what arrives while a commit is under way', async () => {
    const commits = new Commits();
    const group = open(commits);
    const first = [1, 2, 3].map((name) => group.add(item(name)));
    await commits.begun(1);
    const second = [4, 5].map((name) => group.add(item(name)));
    commits.finish();
    expect(await Promise.all(first)).toEqual([10, 20, 30]);
    await commits.begun(2);
    commits.finish();
    expect(await Promise.all(second)).toEqual([40, 50]);
    expect(commits.groups).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });

  it('answers nobody before the commit has ended', async () => {
    const commits = new Commits();
    const group = open(commits);
    let answered = false;
    const answer = group.add(item(1)).then(() => (answered = true));
    await commits.begun(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    commits.finish();
    await answer;
  });

  it('tells everybody in a group that it failed, and goes on with the next one', async () => {
    const commits = new Commits();
    const group = open(commits, { items: 2 });
    const outcomes = [1, 2, 3].map((name) => group.add(item(name)).catch((error: Error) => error.message));
    await commits.begun(1);
    commits.finish(new Error('the disk is full'));
    await commits.begun(2);
    commits.finish();
    expect(await Promise.all(outcomes)).toEqual(['the disk is full', 'the disk is full', 30]);
  });

  it('refuses at once what would make too many wait, by count or by bytes', async () => {
    const commits = new Commits();
    const group = open(commits, { items: 1, queued: 2, queuedBytes: 50 });
    const running = group.add(item(0));
    await commits.begun(1);
    const waiting = [group.add(item(1, 20)), group.add(item(2, 20))];
    await expect(group.add(item(3))).rejects.toMatchObject({ code: 'overloaded' });
    const heavy = open(commits, { queuedBytes: 50 });
    await expect(heavy.add(item(4, 51))).rejects.toMatchObject({ code: 'overloaded' });
    for (let i = 2; i <= 3; i++) {
      commits.finish();
      await commits.begun(i);
    }
    commits.finish();
    await Promise.all([running, ...waiting]);
  });

  it.each([
    ['when enough has come', 3, { isRipe: (waiting: number) => waiting >= 3, waitMsMax: 60_000 }],
    ['when it is full', 2, { isRipe: () => false, waitMsMax: 60_000 }],
    ['when the first has waited long enough', 1, { isRipe: () => false, waitMsMax: 1 }],
  ])('that ripens begins %s', async (_when, count, ripening) => {
    const commits = new Commits();
    const group = open(commits, { items: Math.max(count, 2) }, ripening);
    const outcomes: Promise<number>[] = [];
    for (let name = 1; name <= count; name++) {
      outcomes.push(group.add(item(name)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await commits.begun(1);
    expect(commits.groups[0]).toHaveLength(count);
    commits.finish();
    expect(await Promise.all(outcomes)).toHaveLength(count);
    await group.idle();
  });

  it('begins the next commit before it answers for the last one', async () => {
    const commits = new Commits();
    const group = open(commits);
    let isAnswered = false;
    const first = group.add(item(1)).then(() => (isAnswered = true));
    await commits.begun(1);
    const second = group.add(item(2));
    let wasAnswered: boolean | undefined;
    const next = commits.begun(2).then(() => (wasAnswered = isAnswered));
    commits.finish();
    await next;
    commits.finish();
    await Promise.all([first, second]);
    expect(wasAnswered).toBe(false);
  });

  it('counts those that it is about to answer for as leaving', async () => {
    const commits = new Commits();
    const told: (readonly [number, number])[] = [];
    const isRipe = (waiting: number, leaving: number) => told.push([waiting, leaving]) > 0;
    const group = open(commits, {}, { isRipe, waitMsMax: 60_000 });
    const first = [1, 2].map((name) => group.add(item(name)));
    await commits.begun(1);
    const second = group.add(item(3));
    commits.finish();
    await commits.begun(2);
    commits.finish();
    await Promise.all([...first, second]);
    expect(told).toEqual([
      [2, 0],
      [1, 2],
    ]);
  });

  it('keeps the order and the bounds of a commit for any sizes', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 8 }), async (bytes, items) => {
        const groups: Item[][] = [];
        const group = new GroupCommit<Item, number>({
          commit: async (each) => {
            groups.push([...each]);
            return each.map(({ name }) => name);
          },
          bytesOf: (each) => each.bytes,
          perCommit: { items, bytes: 100 },
          queued: { items: 1000, bytes: 1e6 },
        });
        const outcomes = await Promise.all(bytes.map((size, name) => group.add(item(name, size))));
        await group.idle();
        expect(outcomes).toEqual(bytes.map((_, name) => name));
        expect(groups.flat().map(({ name }) => name)).toEqual(bytes.map((_, name) => name));
        for (const each of groups) {
          expect(each.length).toBeLessThanOrEqual(items);
          const sum = each.reduce((total, { bytes: size }) => total + size, 0);
          if (each.length > 1) expect(sum).toBeLessThanOrEqual(100);
        }
      }),
    );
  });
});
