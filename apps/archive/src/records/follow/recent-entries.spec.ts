import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { RecentEntries, type LogEntry } from './recent-entries.js';

const entry = (seq: number, more: Partial<LogEntry> = {}): LogEntry => ({
  seq,
  id: `id ${seq}`,
  author: 'alice',
  collection: 'notes',
  topics: [],
  iat: seq,
  head: true,
  jws: 'x'.repeat(10),
  ...more,
});

const open = (bounds: Partial<{ entries: number; bytes: number }> = {}, start = 0) =>
  new RecentEntries(start, { entries: 100, bytes: 10_000, ...bounds });

const seqsAfter = (recent: RecentEntries, seq: number): number[] =>
  [...recent.after(seq)].map((each) => each.seq);

describe('the recent entries', () => {
  it('are complete from the start on, and empty at first', () => {
    const recent = open({}, 41);
    expect([recent.floor, recent.last]).toEqual([41, 41]);
    expect(seqsAfter(recent, 41)).toEqual([]);
  });

  it('give what lies after any seq above the floor, also over gaps', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 80 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 7 }),
        (unsorted, entries, step) => {
          const seqs = unsorted.sort((a, b) => a - b);
          const recent = open({ entries });
          for (let i = 0; i < seqs.length; i += step)
            recent.append(seqs.slice(i, i + step).map((seq) => entry(seq)));
          expect(recent.last).toBe(seqs.at(-1) ?? 0);
          for (let seq = recent.floor; seq <= 300; seq += 13)
            expect(seqsAfter(recent, seq)).toEqual(seqs.filter((each) => each > seq));
        },
      ),
    );
  });

  it('keep within their bounds of entries and bytes', () => {
    const recent = open({ entries: 5, bytes: 35 });
    recent.append([1, 2, 3, 4, 5, 6].map((seq) => entry(seq)));
    expect(recent.floor).toBe(3);
    expect(seqsAfter(recent, 3)).toEqual([4, 5, 6]);
  });

  it('know that an entry is no head any more', () => {
    const recent = open();
    recent.append([entry(1, { key: 'k' }), entry(2, { key: 'k', collection: 'other' }), entry(3)]);
    recent.append([entry(4, { key: 'k' }), entry(5, { key: 'k', head: false })]);
    expect([...recent.after(0)].map(({ head }) => head)).toEqual([false, true, true, true, false]);
  });

  it('lose the text of what its author retracts, and of nothing else', () => {
    const recent = open();
    recent.append([entry(1), entry(2), entry(3, { collection: 'retractions' })]);
    recent.retract([
      { target: 'id 1', author: 'alice' },
      { target: 'id 2', author: 'bob' },
      { target: 'id 3', author: 'alice' },
      { target: 'id 9', author: 'alice' },
    ]);
    expect([...recent.after(0)].map(({ jws }) => jws !== undefined)).toEqual([false, true, true]);
  });
});
