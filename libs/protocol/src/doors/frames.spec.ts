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

  it.each([
    ['{"op":"status","n":1,"crates":["A"]}', '"crates.0" is not a crate id (32 bytes) in base64url.'],
    ['{"op":"status","n":1,"crates":[]}', '"crates" is shorter than 1.'],
    [`{"op":"status","n":1,"crates":[${'0,'.repeat(500)}0]}`, '"crates" is longer than 500.'],
    ['{"op":"publish","n":1,"record":7}', '"record" is missing or no string.'],
    ['{"op":"query","n":1}', '"filter" is missing or no object.'],
    ['{"op":"query","n":1,"filter":{"limit":0}}', '"filter.limit" is less than 1.'],
    ['{"op":"query","n":1,"filter":{"limit":501}}', '"filter.limit" is greater than 500.'],
    ['{"op":"query","n":1,"filter":{"history":1}}', '"filter.history" is missing or no boolean.'],
  ])('is told what is wrong: %#', (frame, detail) => {
    expect(parseRequest(frame)).toMatchObject({ ok: false, detail });
  });

  it('is answered in Unicode that every JSON reader takes, whatever it quotes', () => {
    const unknown = ['\\ud800', 'a'.repeat(63) + '\u{1d11e}'].map(
      (name) => `{"op":"get","n":1,"id":"PLLXub18GGi3q7oZClJZSCCx77N6zaPYfvSSQstUTCY","${name}":1}`,
    );
    for (const frame of unknown) {
      const parsed = parseRequest(frame);
      expect(parsed).toMatchObject({ ok: false, code: 'request-malformed' });
      expect(parsed.ok || parsed.detail.isWellFormed()).toBe(true);
    }
  });
});

describe('an answer', () => {
  it.each([
    { op: 'published', n: 1, id: 'a', status: 'stored' },
    { op: 'entries', n: 1, entries: [{ cursor: 'c', record: 'r' }] },
    { op: 'error', code: 'overloaded', detail: 'Later.', retryable: true },
    { op: 'statuses', n: 1, statuses: [{ crate: 'c', status: 'delivered', proof: 's' }] },
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

  it.each([
    ['page', 'records', '0'],
    ['page', 'records', '"a"'],
    ['entries', 'entries', '{}'],
    ['statuses', 'statuses', '0'],
  ])('%s with a list %s of 300,000 times %s is refused, and does not exhaust the stack', (op, list, item) => {
    const frame = `{"op":"${op}","n":1,"${list}":[${`${item},`.repeat(299_999)}${item}]}`;
    expect(parseAnswer(frame)).toEqual({
      ok: false,
      code: 'answer-invalid',
      detail: `"${list}" is longer than 500.`,
    });
  });

  it('never makes the reader throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const parsed = parseAnswer(text);
        if (!parsed.ok) expect(parsed.code).toBe('answer-invalid');
      }),
    );
  });

  it('line over HTTP is a result or a refusal, also with a code that is not known here', () => {
    const refusal = { status: 'refused', code: 'record-malformed', detail: 'x', retryable: false };
    expect(publishLineSchema.safeParse({ id: 'a', status: 'known' }).success).toBe(true);
    expect(publishLineSchema.safeParse(refusal).success).toBe(true);
    expect(publishLineSchema.safeParse({ ...refusal, code: 'of-a-later-version' }).success).toBe(true);
    expect(publishLineSchema.safeParse({ status: 'stored' }).success).toBe(false);
  });
});
