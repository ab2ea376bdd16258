import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  candidatesOf,
  chosenOf,
  isDurable,
  possibleCopies,
  type HolderLink,
  type HolderMood,
} from './holders.js';

const link = (name: string, more: Partial<HolderLink> = {}): HolderLink => ({
  url: `https://${name}.example`,
  archiveId: name,
  cratesOnly: false,
  state: { name: 'open' },
  ...more,
});
const urlOf = (name: string): string => link(name).url;
const card = (names: readonly string[], ids: readonly (string | null)[] = names.map(() => null)) => ({
  collectedAt: names.map(urlOf),
  cardIds: ids,
});
const receipt = { url: '', iat: 0, jws: '' };
const held = (...archives: readonly string[]) => ({
  progress: 'accepted' as const,
  custody: Object.fromEntries(archives.map((archive) => [archive, receipt])),
});

describe('the archives that could hold a crate', () => {
  it('are those of the card, linked ones before others, and then the sender’s own', () => {
    const candidates = candidatesOf(card(['far', 'near']), [link('own'), link('near')]);
    expect(candidates.map(({ url, isCard, isOwn }) => [url, isCard, isOwn])).toEqual([
      [urlOf('near'), true, true],
      [urlOf('far'), true, false],
      [urlOf('own'), false, true],
    ]);
  });

  it('are each named once, though the card knows one by another address', () => {
    const candidates = candidatesOf(card(['alias', 'far'], ['own', 'far']), [link('own')]);
    expect(candidates.map(({ url }) => url)).toEqual([urlOf('own'), urlOf('far')]);
  });

  it('are not at an address where another archive answers than was expected, nor those for crates only', () => {
    const links = [
      link('gone', { state: { name: 'closed' } }),
      link('own'),
      link('else', { cratesOnly: true }),
    ];
    expect(candidatesOf(card(['gone']), links).map(({ url }) => url)).toEqual([urlOf('own')]);
  });
});

describe('the archives that are chosen', () => {
  const mood: fc.Arbitrary<HolderMood> = fc.constantFrom('holds', 'willing', 'refuses');
  const world = fc.record({
    candidates: fc.array(fc.record({ isCard: fc.boolean(), isOwn: fc.boolean(), mood }), { maxLength: 8 }),
    count: fc.integer({ min: 1, max: 5 }),
  });

  it('are as many as are wanted where there are so many, one of the sender’s own and one of the card among them', () => {
    fc.assert(
      fc.property(world, ({ candidates, count }) => {
        const named = candidates.map((one, i) => ({ ...one, url: `${i}`, archive: undefined }));
        const chosen = chosenOf(named, count, (one) => one.mood);
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.length).toBeGreaterThanOrEqual(Math.min(count, named.length));
        const holds = named.filter((one) => one.mood === 'holds');
        for (const member of ['isOwn', 'isCard'] as const) {
          const those = named.filter((one) => one[member]);
          const isSeenTo = [...chosen, ...holds].some((one) => one[member]);
          expect(isSeenTo).toBe(those.length > 0);
        }
        expect(chosen).toEqual(expect.arrayContaining(holds.slice(0, count)));
      }),
    );
  });

  it('pass over one that refuses while another is willing', () => {
    const candidates = candidatesOf(card(['a', 'b']), [link('a'), link('b'), link('own')]);
    const moodOf = ({ archive }: (typeof candidates)[number]): HolderMood =>
      archive === 'b' ? 'refuses' : archive === 'a' ? 'holds' : 'willing';
    expect(chosenOf(candidates, 2, moodOf).map(({ archive }) => archive)).toEqual(['a', 'own']);
  });
});

describe('durable', () => {
  it('is what so many archives as are wanted have promised, one of the sender’s own among them', () => {
    const crate = { ...card(['far', 'farther'], ['far', 'farther']), copies: 2 };
    const links = [link('own')];
    const durable = (...archives: string[]) => isDurable(crate, held(...archives), links);
    expect(durable('own', 'far')).toBe(true);
    expect(durable('far', 'farther')).toBe(false);
    expect(durable('own')).toBe(false);
    expect(durable('own', 'unheard-of')).toBe(false);
  });

  it('is with fewer archives known what all of these have promised', () => {
    const crate = { ...card(['far']), copies: 2 };
    const alone = [link('own')];
    expect(possibleCopies(crate, alone)).toBe(1);
    expect(isDurable(crate, held('own'), alone)).toBe(true);
    const both = [link('own'), link('far', { archiveId: undefined, cratesOnly: true })];
    expect(possibleCopies(crate, both)).toBe(2);
    expect(isDurable(crate, held('own'), both)).toBe(false);
  });

  it('is not lowered by somebody else who answers at the address of an archive that was met before', () => {
    const lost = link('lost', { state: { name: 'closed' } });
    for (const collected of [card(['own']), card(['own', 'lost'], ['own', 'lost'])]) {
      const crate = { ...collected, copies: 2 };
      expect(possibleCopies(crate, [link('own'), lost])).toBe(2);
      expect(isDurable(crate, held('own'), [link('own'), lost])).toBe(false);
    }
  });

  it('is nothing that only archives for crates have promised', () => {
    const crate = { ...card(['far']), copies: 1 };
    const links = [link('far', { cratesOnly: true })];
    expect(isDurable(crate, held('far'), links)).toBe(false);
    expect(isDurable(crate, held(), [])).toBe(false);
  });
});
