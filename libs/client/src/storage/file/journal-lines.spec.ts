import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JournalIndex } from './journal-index.js';
import { decodeLines, encodeLines, type JournalEntry } from './journal-lines.js';

const key = fc.constantFrom('a', 'b', 'c', 'd');
const entry: fc.Arbitrary<JournalEntry> = fc.record({
  by: fc.string(),
  changes: fc.array(
    fc.oneof(
      fc.tuple(key, fc.string({ unit: 'binary', maxLength: 700 })),
      fc.tuple(key) as fc.Arbitrary<readonly [string]>,
    ),
    { maxLength: 4 },
  ),
});

const entriesOf = (bytes: Buffer): JournalEntry[] => decodeLines(bytes, 0).lines.map((line) => line.entry);

describe('the lines of a journal', () => {
  it('come back as they went', () => {
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        expect(entriesOf(encodeLines(entries))).toEqual(entries);
      }),
    );
  });

  it('come back whole or not at all, wherever the file was cut off, and whatever was appended then', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), fc.array(entry), fc.nat(), (first, then, at) => {
        const whole = encodeLines(first);
        const cut = whole.subarray(0, at % whole.length);
        const read = entriesOf(Buffer.concat([cut, encodeLines(then)]));
        const kept = read.length - then.length;
        expect(kept).toBeGreaterThanOrEqual(0);
        expect(read).toEqual([...first.slice(0, kept), ...then]);
      }),
    );
  });

  it('read in pieces are the same as read at once', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), fc.nat(), (entries, at) => {
        const whole = encodeLines(entries);
        const cut = at % whole.length;
        const first = decodeLines(whole.subarray(0, cut), 0);
        const rest = decodeLines(whole.subarray(first.consumed), first.consumed);
        expect([...first.lines, ...rest.lines]).toEqual(decodeLines(whole, 0).lines);
      }),
    );
  });

  it('are passed over when a byte has changed', () => {
    const entries: JournalEntry[] = [{ changes: [['a', 'one']] }, { changes: [['b', 'two']] }];
    const bytes = encodeLines(entries);
    for (let i = 1; i < bytes.length - 1; i++) {
      const changed = Buffer.from(bytes);
      changed[i]! ^= 1;
      const read = entriesOf(changed);
      expect(read.length).toBeLessThan(2);
      for (const one of read) expect(entries).toContainEqual(one);
    }
  });
});

describe('the index of a journal', () => {
  const apply = (index: JournalIndex, entries: readonly JournalEntry[]) =>
    entries.map((one, i) => index.apply({ entry: one, offset: i + 1, length: 1 }));

  it('holds the last value of every key, and voids what expected something else', () => {
    const index = new JournalIndex();
    const fates = apply(index, [
      { changes: [['a', '1']], expects: [['a', 0]] },
      { changes: [['a', 'other']], expects: [['a', 0]] },
      { changes: [['a', '2']], expects: [['a', 1]] },
      { changes: [['a']] },
      { changes: [['a', '3']], expects: [['a', 0]] },
    ]);
    expect(fates).toEqual(['applied', 'void', 'applied', 'applied', 'applied']);
    expect([index.get('a')?.inline, index.versionOf('a'), index.versionOf('b')]).toEqual(['3', 5, 0]);
  });

  it('knows its keys in order and about how much is alive', () => {
    const index = new JournalIndex();
    apply(index, [
      {
        changes: [
          ['b', 'xx'],
          ['a', 'xx'],
        ],
      },
      { changes: [['b', 'xxxx']] },
    ]);
    expect(index.keys()).toEqual(['a', 'b']);
    expect(index.liveBytes).toBe(8);
    index.apply({ entry: { changes: [['a']] }, offset: 9, length: 1 });
    expect([index.keys(), index.liveBytes]).toEqual([['b'], 5]);
  });
});
