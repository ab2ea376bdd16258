import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HoldfastRecord } from '@holdfast/protocol';
import { printable, printableText } from './output.js';
import { bodyText, recordAsJson, recordLine, summaryOf } from './record-lines.js';

const record: HoldfastRecord = {
  id: 'i'.repeat(43),
  author: 'AbCdEfGhIjKl',
  jws: 'a.b.c',
  collection: 'notes',
  key: 'today',
  iat: 1_700_000_000,
  body: 'hello\nworld',
};

describe('a record in a list', () => {
  it('is one line: time, author, collection, key and the first line of the body', () => {
    const line = '2023-11-14 22:13  AbCdEfGh  notes  today  hello';
    expect(recordLine(record)).toBe(line);
    expect(recordLine(record, true)).toBe(`${'i'.repeat(43)}  ${line}`);
  });

  it('is summed up by its subject when it is a mail', () => {
    expect(summaryOf({ text: 'long\ntext', subject: 'kelp' })).toBe('kelp');
    expect(summaryOf({ text: '\n\n  first\nsecond', subject: ' ' })).toBe('first');
    expect(summaryOf({ n: 1 })).toBe('{"n":1}');
  });

  it('stays one short line for any body', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (body) => {
        const line = summaryOf(body as never);
        expect(line).not.toMatch(/[\n\r\u001b]/);
        expect([...line].length).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('is whole as JSON, without its envelope', () => {
    const { jws: _jws, ...whole } = record;
    expect(recordAsJson(record)).toEqual(whole);
  });
});

describe('the body of a record', () => {
  it('is its text, with other parts above it, or else JSON', () => {
    expect(bodyText('hello')).toBe('hello');
    expect(bodyText({ text: 'hello' })).toBe('hello');
    expect(bodyText({ subject: 'kelp', to: ['bob'], text: 'hello' })).toBe(
      'subject: kelp\nto: ["bob"]\n\nhello',
    );
    expect(bodyText([1])).toBe('[\n  1\n]');
  });
});

describe('text for a terminal', () => {
  it('cannot move the cursor, recolour, or turn the direction of what follows', () => {
    expect(printableText('a\u001b[2Jb\u009b1mc\rd\u202ee\n\tf')).toBe(
      'a\ufffd[2Jb\ufffd1mc\ufffdd\ufffde\n\tf',
    );
    expect(printable('a\n\tb')).toBe('a b');
  });
});
