import { describe, expect, it } from '@jest/globals';
import { differencesOf, keptInSpiteOfRetraction, lost, type Holder } from './holdings.js';

const part = (value: object): string => btoa(JSON.stringify(value)).replaceAll('=', '');
const record = (author: string, payload: object): string =>
  `${part({ kid: author })}.${part(payload)}.signature`;
const note = record('alice', { collection: 'notes', iat: 100, topics: ['sea'] });
const retraction = record('alice', { collection: 'retractions', iat: 101, refs: ['note'] });
const foreign = record('bob', { collection: 'retractions', iat: 101, refs: ['note'] });
const holder = (name: string, holdings: Record<string, string>, scope: Holder['scope'] = {}): Holder => ({
  name,
  scope,
  holdings: new Map(Object.entries(holdings)),
});

describe('the checker of holdings', () => {
  it('is content with archives that hold the same, or differ outside of the scope of both', () => {
    const a = holder('a', { note, retraction: foreign });
    expect(differencesOf(a, holder('b', { note, retraction: foreign }))).toEqual([]);
    expect(differencesOf(a, holder('b', { retraction: foreign }, { collections: ['mail'] }))).toEqual([]);
    expect(differencesOf(a, holder('b', { retraction: foreign }, { topics: ['sky'] }))).toEqual([]);
    expect(differencesOf(a, holder('b', {}, { since: 102 }))).toEqual([]);
    expect(differencesOf(a, holder('b', { note }, { authors: ['alice'] }))).toEqual([]);
  });

  it('names what is missing or changed, also of the collections of the system', () => {
    const a = holder('a', { note, retraction });
    expect(differencesOf(a, holder('b', { note }, { collections: ['notes'] }))).toEqual([
      'b lacks retraction (retractions), which a holds',
    ]);
    expect(differencesOf(a, holder('b', { retraction }))).toEqual(['b lacks note (notes), which a holds']);
    expect(differencesOf(a, holder('b', { note: `${note}2`, retraction }))).toHaveLength(2);
  });

  it('finds a body that is kept in spite of its author, but not of somebody else', () => {
    expect(keptInSpiteOfRetraction(holder('a', { note, retraction }))).toEqual([
      'a keeps note, which retraction retracts',
    ]);
    expect(keptInSpiteOfRetraction(holder('a', { retraction }))).toEqual([]);
    expect(keptInSpiteOfRetraction(holder('a', { note, retraction: foreign }))).toEqual([]);
  });

  it('finds what was stored and is lost, and takes a retraction that is held as the reason', () => {
    const texts = new Map([['note', note]]);
    expect(lost(holder('a', { note }), ['note'], texts)).toEqual([]);
    expect(lost(holder('a', { retraction }), ['note'], texts)).toEqual([]);
    expect(lost(holder('a', {}), ['note'], texts)).toEqual([
      'a said that note (notes) was stored, and lacks it',
    ]);
    expect(lost(holder('a', { retraction: foreign }), ['note'], texts)).toEqual([
      'a said that note (notes) was stored, and lacks it',
    ]);
  });
});
