import { describe, expect, it } from '@jest/globals';
import { RecordCommits } from './record-commits.js';
import type { AppendOutcome } from './record-log.js';
import type { VerifiedRecord } from './record-verifier.js';

/** A log that commits when it is told to. */
class HeldLog {
  readonly groups: string[][] = [];
  private end: ((error?: Error) => void) | undefined;
  private began = (): void => {};

  readonly append = async (records: readonly VerifiedRecord[]): Promise<AppendOutcome[]> => {
    this.groups.push(records.map(({ id }) => id));
    this.began();
    await new Promise<void>((resolve, reject) => {
      this.end = (error) => (error === undefined ? resolve() : reject(error));
    });
    return records.map(() => 'stored');
  };

  async begun(count: number): Promise<void> {
    while (this.groups.length < count) await new Promise<void>((resolve) => (this.began = resolve));
  }

  finish(error?: Error): void {
    this.end!(error);
  }
}

const record = (id: string, sizeBytes = 1): VerifiedRecord => ({
  id,
  sizeBytes,
  row: '{}',
  isRetraction: false,
});

function open(more: { onTheirWay?: () => number; records?: number; bytes?: number; waitMs?: number } = {}) {
  const log = new HeldLog();
  const commits = new RecordCommits({
    append: log.append,
    onTheirWay: more.onTheirWay ?? (() => 0),
    bounds: { records: more.records ?? 100, bytes: more.bytes ?? 1000, waitMs: more.waitMs ?? 60_000 },
  });
  return { log, commits };
}

describe('the commits of records', () => {
  it('commit a lone record at once, and together what arrives meanwhile', async () => {
    const { log, commits } = open();
    const first = commits.add(record('a'));
    await log.begun(1);
    const later = ['b', 'c'].map((id) => commits.add(record(id)));
    log.finish();
    expect(await first).toBe('stored');
    await log.begun(2);
    log.finish();
    await Promise.all(later);
    expect(log.groups).toEqual([['a'], ['b', 'c']]);
  });

  it('wait until half of what is on its way has been verified', async () => {
    const { log, commits } = open({ onTheirWay: () => 6 });
    const all = ['a', 'b', 'c'].map((id) => commits.add(record(id)));
    await log.begun(1);
    expect(log.groups).toEqual([['a', 'b', 'c']]);
    log.finish();
    await Promise.all(all);
  });

  it('wait no longer than the bound for the other half', async () => {
    const { log, commits } = open({ onTheirWay: () => 100, waitMs: 1 });
    const lone = commits.add(record('a'));
    await log.begun(1);
    log.finish();
    expect(await lone).toBe('stored');
  });

  it('fill a group within its bounds, and begin the next with what did not fit', async () => {
    const { log, commits } = open({ records: 2, bytes: 10 });
    const all = [record('a', 6), record('b', 6), record('c', 1), record('d', 1), record('e', 50)].map(
      (each) => commits.add(each),
    );
    for (let group = 1; group <= 3; group++) {
      await log.begun(group);
      log.finish();
    }
    await Promise.all(all);
    expect(log.groups).toEqual([['a', 'c'], ['b', 'd'], ['e']]);
  });

  it('store what came several times once, in one group, and tell the later ones that it is known', async () => {
    const { log, commits } = open();
    const all = ['a', 'b', 'a', 'a'].map((id) => commits.add(record(id)));
    await log.begun(1);
    log.finish();
    expect(await Promise.all(all)).toEqual(['stored', 'stored', 'known', 'known']);
    expect(log.groups).toEqual([['a', 'b']]);
  });

  it('tell all of a group when it fails, and go on with the next', async () => {
    const { log, commits } = open();
    const failing = [commits.add(record('a'))];
    await log.begun(1);
    const next = commits.add(record('b'));
    log.finish(new Error('gone'));
    await expect(Promise.all(failing)).rejects.toThrow('gone');
    await log.begun(2);
    log.finish();
    expect(await next).toBe('stored');
    await commits.idle();
  });
});
