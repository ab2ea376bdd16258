import { describe, expect, it } from '@jest/globals';
import type { QueryFilter, Scope } from '@holdfast/protocol';
import type { ArchiveLink } from '../link/archive-link.js';
import { claimOf, inOrder, keeps, mayHave } from './coverage.js';

/** An archive that says so of itself. */
function archive(scope?: Scope, horizon?: number): ArchiveLink {
  const said = { scope, horizon };
  return { open: said, said, state: { name: 'open' } } as unknown as ArchiveLink;
}

/** One that is not connected, and said so when it was. */
const away = (scope: Scope): ArchiveLink =>
  ({ said: { scope }, state: { name: 'waiting' } }) as unknown as ArchiveLink;

const unmet = { state: { name: 'connecting' } } as unknown as ArchiveLink;

const [anything, partly] = [Number.MAX_VALUE, Infinity];
const notes = { collections: ['notes'] };

describe('what an archive may have', () => {
  it.each<[string, Scope | undefined, QueryFilter, boolean]>([
    ['one that says nothing', undefined, { collection: 'talks' }, true],
    ['one that keeps everything', {}, { collection: 'talks' }, true],
    ['the collection is another', notes, { collection: 'talks' }, false],
    ['the collection is one of the system', notes, { collection: 'keys' }, true],
    ['no collection is named', notes, { author: 'alice' }, true],
    ['the author is another', { authors: ['alice'] }, { author: 'bob', collection: 'keys' }, false],
    ['no author is named', { authors: ['alice'] }, { collection: 'talks' }, true],
    ['a record can have both topics', { topics: ['kelp'] }, { collection: 'notes', topic: 'surf' }, true],
    ['what is asked for is older', { since: 100 }, { until: 99 }, false],
    ['what is asked for is not all older', { since: 100 }, { until: 100 }, true],
  ])('%s', (_, scope, filter, may) => {
    expect(mayHave(archive(scope), filter)).toBe(may);
  });

  it('is not judged by what it said before it went away', () => {
    expect(mayHave(away(notes), { collection: 'talks' })).toBe(true);
    expect(claimOf(away({}), {})).toBe(partly);
    expect(claimOf(unmet, {})).toBe(anything);
  });
});

describe('what an archive claims to have all of', () => {
  it.each<[string, Scope | undefined, number | undefined, QueryFilter, number]>([
    ['one that says nothing claims nothing', undefined, 50, {}, anything],
    ['nor does one without a horizon', {}, undefined, {}, anything],
    ['everything from its horizon on', {}, 50, {}, 50],
    ['what is asked for, no more', {}, 50, { since: 70 }, 70],
    ['nothing before its scope begins', { since: 60 }, 50, {}, 60],
    ['its collections', notes, 50, { collection: 'notes' }, 50],
    ['not every collection', notes, 50, {}, partly],
    ['its authors', { authors: ['alice'] }, 50, { author: 'alice' }, 50],
    ['not every author', { authors: ['alice'] }, 50, { collection: 'keys' }, partly],
    ['its topics', { topics: ['kelp'] }, 50, { topic: 'kelp' }, 50],
    ['not every topic', { topics: ['kelp'] }, 50, { collection: 'notes' }, partly],
    ['the collections of the system', { ...notes, topics: ['kelp'] }, 50, { collection: 'keys' }, 50],
  ])('%s', (_, scope, horizon, filter, from) => {
    expect(claimOf(archive(scope, horizon), filter)).toBe(from);
  });

  it('puts it before those that claim less, and leaves the others in their order', () => {
    const [silent, partial, older, newer] = [archive(), archive(notes, 10), archive({}, 10), archive({}, 20)];
    const foreign = archive({ authors: ['bob'] }, 10);
    const links = [partial, unmet, silent, foreign, newer, older];
    expect(inOrder(links, { author: 'alice' })).toEqual([older, newer, unmet, silent, partial]);
    expect(inOrder(links, { author: 'alice', since: 20 })).toEqual([newer, older, unmet, silent, partial]);
    expect(inOrder([foreign], { author: 'alice' })).toEqual([foreign]);
  });
});

describe('whether an archive keeps a record', () => {
  const record = { id: 'a', jws: 'j', author: 'alice', collection: 'notes', iat: 1, body: null };

  it('is what its scope says, also while it is away', () => {
    expect(keeps(away(notes), record)).toBe(true);
    expect(keeps(away({ collections: ['talks'] }), record)).toBe(false);
    expect(keeps(away({ topics: ['kelp'] }), { ...record, topics: ['surf', 'kelp'] })).toBe(true);
    expect(keeps(away({ topics: ['kelp'] }), record)).toBe(false);
  });

  it('is not known of one that says nothing, nor of a record that cannot be read', () => {
    expect(keeps(archive(), record)).toBe(true);
    expect(keeps(away({ collections: ['talks'] }), { id: 'a', jws: 'j' })).toBe(true);
  });
});
