import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isInScope, type Scope } from '@holdfast/protocol';
import { agree, coversListsOf, isInAgreedScope, scopeNameOf } from './scope.js';

const values = (...of: string[]) =>
  fc.option(fc.uniqueArray(fc.constantFrom(...of), { minLength: 1 }), { nil: undefined });
const scope: fc.Arbitrary<Scope> = fc
  .record({
    authors: values('a', 'b'),
    collections: values('notes', 'photos', 'profile'),
    topics: values('kelp', 'crab'),
    since: fc.option(fc.nat(3), { nil: undefined }),
  })
  .map((it) => Object.fromEntries(Object.entries(it).filter(([, value]) => value !== undefined)) as Scope);
const record = fc.record({
  author: fc.constantFrom('a', 'b', 'c'),
  collection: fc.constantFrom('notes', 'photos', 'profile', 'retractions'),
  topics: fc.subarray(['kelp', 'crab', 'eel']),
  iat: fc.nat(4),
});

describe('an agreed scope', () => {
  it('holds exactly what both scopes hold', () => {
    fc.assert(
      fc.property(scope, scope, record, (own, theirs, it) => {
        expect(isInAgreedScope(agree(own, theirs), it)).toBe(isInScope(own, it) && isInScope(theirs, it));
      }),
    );
  });

  it('has one name, whichever side it is seen from', () => {
    fc.assert(
      fc.property(scope, scope, (own, theirs) => {
        expect(scopeNameOf(agree(own, theirs))).toBe(scopeNameOf(agree(theirs, own)));
      }),
    );
  });

  it('is everything when both keep everything, and adds nothing that is said already', () => {
    expect(agree({}, {})).toEqual([{}]);
    expect(agree({ since: 5 }, {})).toEqual([{ since: 5 }]);
    expect(agree({ authors: ['a'] }, { since: 5 })).toEqual([{ authors: ['a'], since: 5 }]);
    expect(agree({ authors: ['a', 'b'] }, { authors: ['b', 'a'] })).toHaveLength(1);
  });

  it('has another name when it is another one', () => {
    const scopes: Scope[] = [{}, { since: 1 }, { authors: ['a'] }, { collections: ['a'] }, { topics: ['a'] }];
    expect(new Set(scopes.map((it) => scopeNameOf(agree(it, {})))).size).toBe(scopes.length);
  });

  it('is covered by a peer that keeps everything of its lists, since whenever', () => {
    const own: Scope = { authors: ['a'], collections: ['notes'], since: 5 };
    const covering: Scope[] = [
      {},
      own,
      { since: 9 },
      { authors: ['b', 'a'] },
      { collections: ['photos', 'notes'] },
    ];
    for (const theirs of covering) expect(coversListsOf(theirs, own)).toBe(true);
    const others: Scope[] = [{ authors: ['b'] }, { topics: ['kelp'] }, { ...own, collections: ['photos'] }];
    for (const theirs of others) expect(coversListsOf(theirs, own)).toBe(false);
    expect(coversListsOf(own, {})).toBe(false);
  });

  it('covers no other one whose records it does not all hold', () => {
    fc.assert(
      fc.property(scope, scope, record, (theirs, own, it) => {
        const isMeant = isInScope({ ...own, since: undefined } as Scope, it);
        if (!coversListsOf(theirs, own) || !isMeant) return;
        expect(isInScope({ ...theirs, since: undefined } as Scope, it)).toBe(true);
      }),
    );
  });
});
