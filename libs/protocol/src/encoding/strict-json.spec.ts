import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStrictJson } from './strict-json.js';

const code = 'record-payload-invalid';
const parse = (text: string, depthMax = 32) => parseStrictJson(text, depthMax, code);

describe('strict JSON', () => {
  it('reads every JSON value as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), fc.nat({ max: 4 }), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent);
        const parsed = parse(spaced);
        expect(parsed).toEqual({ ok: true, value: JSON.parse(spaced) });
      }),
    );
  });

  it('refuses every text that JSON.parse refuses, and throws for none', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0de1.-+etrufalsn \n') }), (text) => {
        const parsed = parse(text);
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        if (!valid) expect(parsed).toMatchObject({ ok: false, code });
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a name twice', '{"a":1,"a":1}'],
    ['a name twice with white space before the colon', '{"a" \n:1,"a":1}'],
    ['a name twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a name twice far inside', '[{"b":[{"a":1,"c":{},"a":1}]}]'],
    ['the name __proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['an empty name twice', '{"":1,"":2}'],
    ['a lone surrogate', '"\\ud800"'],
    ['a lone surrogate that is not escaped', '"\ud800"'],
    ['a lone surrogate in a name', '{"\\udfff":1}'],
    ['a number beyond binary64', '[1e309]'],
    ['a negative number beyond binary64', '[-1e309]'],
    ['a number of 400 digits', '9'.repeat(400)],
  ])('refuses %s', (_, text) => {
    expect(parse(text)).toMatchObject({ ok: false, code });
  });

  it.each([
    ['one name in two objects', '[{"a":1},{"a":1}]'],
    ['one name in an object and in one inside it', '{"a":{"a":1}}'],
    ['a text that looks like a name', '{"a":"b","c":"b"}'],
    ['brackets, quotes and colons inside strings', '{"{[\\"":"}]:","a":"\\\\"}'],
    ['numbers of every form', '[0,-0.5,1e3,1E-7,1.5e+2,1e308]'],
  ])('takes %s', (_, text) => {
    expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it('counts arrays and objects as levels, and brackets in strings not', () => {
    expect(parse('[{"a":[]}]', 3).ok).toBe(true);
    expect(parse('[{"a":[]}]', 2)).toMatchObject({ ok: false, code });
    expect(parse('["[[[[[["]', 1).ok).toBe(true);
    expect(parse('1', 0).ok).toBe(true);
  });

  it('refuses a million brackets without recursion', () => {
    expect(parse('['.repeat(1_000_000))).toMatchObject({ ok: false, code });
    expect(parse('{"a":'.repeat(200_000))).toMatchObject({ ok: false, code });
  });
});
