import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alice, bob } from '../vectors/people.js';
import {
  checkFilter,
  followFilterSchema,
  matchesFilter,
  queryFilterFromParameters,
  queryFilterSchema,
} from './filter.js';

describe('a filter', () => {
  it('names what is wrong with it', () => {
    expect(checkFilter(queryFilterSchema, { collection: 'Notes' })).toEqual({
      ok: false,
      code: 'filter-invalid',
      detail: '"collection" is not a collection.',
    });
    expect(checkFilter(queryFilterSchema, { colour: 'red' })).toMatchObject({
      detail: 'Unknown member "colour".',
    });
  });

  it('is refused or taken, and never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const checked = checkFilter(queryFilterSchema, value);
        if (!checked.ok) expect(checked.code).toBe('filter-invalid');
      }),
    );
  });

  it('of a follow has neither words nor limit nor cursor', () => {
    for (const member of [{ q: 'kelp' }, { limit: 1 }, { cursor: 'a' }]) {
      expect(checkFilter(queryFilterSchema, member).ok).toBe(true);
      expect(checkFilter(followFilterSchema, member)).toMatchObject({ ok: false, code: 'filter-invalid' });
    }
  });

  it('is the same over HTTP as in a frame', () => {
    const filter = { author: alice.x, collection: 'notes', since: 5, limit: 7, history: true, q: 'kelp' };
    const parameters = new URLSearchParams(Object.entries(filter).map(([k, v]) => [k, String(v)]));
    const read = queryFilterFromParameters(parameters);
    expect(read).toMatchObject({ ok: true });
    expect({ ...(read.ok ? read.value : {}) }).toEqual(filter);
  });

  it('refuses values over HTTP that are not texts', () => {
    expect(queryFilterFromParameters(Object.entries({ topic: ['a', 'b'] }))).toMatchObject({
      ok: false,
      code: 'filter-invalid',
    });
  });
});

describe('matching', () => {
  const record = { author: alice.x, collection: 'notes', key: 'k', topics: ['kelp', 'sand'], iat: 100 };

  it.each([
    [{}],
    [{ author: alice.x }],
    [{ collection: 'notes' }],
    [{ key: 'k' }],
    [{ topic: 'sand' }],
    [{ since: 100, until: 100 }],
    [{ author: alice.x, collection: 'notes', key: 'k', topic: 'kelp', since: 0, until: 200, history: false }],
  ])('takes a record that has all that %j names', (filter) => {
    expect(matchesFilter(filter, record)).toBe(true);
  });

  it.each([
    [{ author: bob.x }],
    [{ collection: 'mail' }],
    [{ key: 'l' }],
    [{ topic: 'rock' }],
    [{ since: 101 }],
    [{ until: 99 }],
    [{ author: alice.x, topic: 'rock' }],
  ])('leaves a record that lacks something that %j names', (filter) => {
    expect(matchesFilter(filter, record)).toBe(false);
  });

  it('leaves records without topics when a topic is asked for', () => {
    expect(matchesFilter({ topic: 'kelp' }, { author: alice.x, collection: 'notes', iat: 1 })).toBe(false);
  });
});
