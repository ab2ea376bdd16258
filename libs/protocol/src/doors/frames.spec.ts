import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isErrorCode } from '../errors/codes.js';
import { parseAnswer, publishLineSchema } from './answers.js';
import { parseRequest, requestOps } from './requests.js';

describe('a request', () => {
  it('is refused with its number where that could be read', () => {
    expect(parseRequest('{"op":"steal","n":7}')).toMatchObject({ ok: false, code: 'op-unknown', n: 7 });
    expect(parseRequest('{"op":"get","n":8,"id":"x"}')).toMatchObject({ code: 'request-malformed', n: 8 });
    expect(parseRequest('{"op":"query","n":9,"filter":{"limit":0}}')).toMatchObject({
      code: 'filter-invalid',
      n: 9,
    });
    for (const n of ['"7"', '0', '-1', '1.5', '1e300', 'null', '[7]']) {
      expect(parseRequest(`{"op":"steal","n":${n}}`)).not.toHaveProperty('n');
    }
  });

  it('is refused with a code, and never throws, whatever the text', () => {
    const anyFrame = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .record({
          op: fc.constantFrom(...requestOps),
          n: fc.anything(),
          filter: fc.anything(),
          id: fc.anything(),
        })
        .map((frame) => {
          try {
            return JSON.stringify(frame) ?? '';
          } catch {
            return '';
          }
        }),
    );
    fc.assert(
      fc.property(anyFrame, (text) => {
        const parsed = parseRequest(text);
        if (!parsed.ok) expect(isErrorCode(parsed.code)).toBe(true);
      }),
    );
  });

  it('names the member that is wrong', () => {
    const refusal = parseRequest('{"op":"status","n":1,"crates":["A"]}');
    expect(refusal).toMatchObject({ detail: '"crates.0" is not a crate id (32 bytes) in base64url.' });
  });
});

describe('an answer', () => {
  it.each([
    { op: 'published', n: 1, id: 'a', status: 'stored' },
    { op: 'entries', n: 1, entries: [{ cursor: 'c', record: 'r' }] },
    { op: 'error', code: 'overloaded', detail: 'Later.', retryable: true },
    { op: 'statuses', n: 1, statuses: [{ crate: 'c', status: 'delivered', receipt: 's' }] },
  ])('of an archive is read: $op', (answer) => {
    expect(parseAnswer(JSON.stringify(answer))).toEqual({ ok: true, value: answer });
  });

  it('may say more than is known here', () => {
    expect(parseAnswer('{"op":"ended","n":1,"why":"x"}')).toEqual({ ok: true, value: { op: 'ended', n: 1 } });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['an unknown op', '{"op":"steal","n":1}'],
    ['an op of the prototype', '{"op":"toString","n":1}'],
    ['no number', '{"op":"ended"}'],
    ['an unknown status', '{"op":"published","n":1,"id":"a","status":"lost"}'],
    ['a list that is none', '{"op":"page","n":1,"records":"a"}'],
  ])('is refused when it is %s', (_, text) => {
    expect(parseAnswer(text)).toMatchObject({ ok: false, code: 'answer-invalid' });
  });

  it('never makes the reader throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const parsed = parseAnswer(text);
        if (!parsed.ok) expect(parsed.code).toBe('answer-invalid');
      }),
    );
  });

  it('line over HTTP is a result or a refusal with a code that exists', () => {
    const refusal = { status: 'refused', code: 'record-malformed', detail: 'x', retryable: false };
    expect(publishLineSchema.safeParse({ id: 'a', status: 'known' }).success).toBe(true);
    expect(publishLineSchema.safeParse(refusal).success).toBe(true);
    expect(publishLineSchema.safeParse({ ...refusal, code: 'no-such-code' }).success).toBe(false);
    expect(publishLineSchema.safeParse({ status: 'stored' }).success).toBe(false);
  });
});
