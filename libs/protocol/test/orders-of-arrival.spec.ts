/**
 * Three archives and one crate, which each brings to both others while it leaves: whatever order copies, offers and proofs
 * arrive in, and however often, all end alike and nothing comes back. Any two archives alone are explored whole in
 * libs/client/test/life-cycle.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Way } from '../src/crates/departure.js';
import { decideDeparture, decideDeposit, decideOffer, type CrateAge } from '../src/crates/life-cycle.js';
import type { CrateState } from '../src/doors/answers.js';

type Arrival =
  | { readonly kind: 'offer' | 'copy'; readonly from: number; readonly to: number }
  | { readonly kind: 'proof'; readonly from: number; readonly to: number; readonly way: Way }
  | { readonly kind: 'made-up proof' | 'clock'; readonly from: number; readonly to: number };

interface Archive {
  state: CrateState;
  age: CrateAge;
  hasLeft: boolean;
  /** By the archive that has offered it: the proof noted, and whether it is a true one. */
  offers: Map<number, { way: Way; isTrue: boolean } | undefined>;
}

function arrive(archive: Archive, arrival: Arrival): void {
  const { from } = arrival;
  switch (arrival.kind) {
    case 'offer': {
      const { answer } = decideOffer(archive.state, archive.age, true);
      if (answer === 'wanted' && !archive.offers.has(from)) archive.offers.set(from, undefined);
      return;
    }
    case 'copy': {
      const fitting = [...archive.offers.values()].find((noted) => noted?.isTrue === true)?.way;
      const decision = decideDeposit(archive.state, archive.age, fitting);
      if (!('becomes' in decision)) return;
      archive.state = decision.becomes!;
      archive.offers.clear();
      break;
    }
    case 'proof':
    case 'made-up proof': {
      const isTrue = arrival.kind === 'proof';
      const way = isTrue ? arrival.way : 'ack';
      const decision = decideDeparture(archive.state, way, isTrue, archive.offers.has(from));
      if (decision.answer === 'noted') archive.offers.set(from, { way, isTrue });
      if ('becomes' in decision) archive.state = decision.becomes;
      break;
    }
    case 'clock':
      archive.age = archive.age === 'current' ? 'expired' : 'forgettable';
      if (archive.state === 'accepted') archive.state = 'expired';
      else if (archive.age === 'forgettable') {
        archive.state = 'unknown';
        archive.offers.clear();
      }
  }
  const isGone = archive.state !== 'accepted' && archive.state !== 'unknown';
  archive.hasLeft ||= isGone;
}

/** Of each archive to each other: the offer before anything else, the rest in any order, and some of it again. */
function arrivals(ways: readonly Way[]): fc.Arbitrary<Arrival[]> {
  const pairs = [0, 1, 2].flatMap((from) =>
    [0, 1, 2].filter((to) => to !== from).map((to) => ({ from, to })),
  );
  const moment = fc.nat(1000);
  const ofPair = ({ from, to }: (typeof pairs)[number]) =>
    fc
      .record({ at: fc.array(moment, { minLength: 4, maxLength: 4 }), way: fc.constantFrom(...ways) })
      .map(({ at, way }) => {
        const rest: Arrival[] = [
          { kind: 'copy', from, to },
          { kind: 'proof', from, to, way },
          { kind: 'copy', from, to },
          { kind: 'offer', from, to },
        ];
        const offered = { arrival: { kind: 'offer', from, to } as Arrival, at: Math.min(...at) };
        return [offered, ...rest.map((arrival, i) => ({ arrival, at: at[i]! }))];
      });
  // Sorting is stable, so that an offer stays before what comes at the same moment.
  return fc
    .tuple(...pairs.map(ofPair))
    .map((all) => all.flat().sort((a, b) => a.at - b.at))
    .map((all) => all.map(({ arrival }) => arrival));
}

const anywhere = (kind: 'clock' | 'made-up proof'): fc.Arbitrary<{ at: number; arrival: Arrival }[]> =>
  fc.array(
    fc
      .record({ at: fc.nat(40), to: fc.nat(2) })
      .map(({ at, to }) => ({ at, arrival: { kind, from: 3, to } })),
    { maxLength: 6 },
  );

const threeArchives = (): Archive[] =>
  [0, 1, 2].map(() => ({ state: 'unknown', age: 'current', hasLeft: false, offers: new Map() }));

describe('whatever order copies, offers and proofs arrive in', () => {
  it.each<[Way, CrateState]>([
    ['ack', 'delivered'],
    ['discard', 'discarded'],
    ['recall', 'recalled'],
  ])('a crate that leaves on %s has left everywhere in the end', (way, state) => {
    fc.assert(
      fc.property(arrivals([way]), (all) => {
        const archives = threeArchives();
        for (const arrival of all) arrive(archives[arrival.to]!, arrival);
        expect(archives.map((archive) => archive.state)).toEqual([state, state, state]);
        expect(archives.map(({ offers }) => offers.size)).toEqual([0, 0, 0]);
      }),
    );
  });

  it('a crate that has left never waits again, whatever the clocks show and strangers make up', () => {
    fc.assert(
      fc.property(
        arrivals(['ack', 'recall']),
        anywhere('clock'),
        anywhere('made-up proof'),
        (all, clocks, proofs) => {
          const archives = threeArchives();
          const others = [...clocks, ...proofs];
          all.forEach((arrival, i) => {
            for (const other of others)
              if (other.at === i) arrive(archives[other.arrival.to]!, other.arrival);
            const archive = archives[arrival.to]!;
            arrive(archive, arrival);
            expect(archive.hasLeft && archive.state === 'accepted').toBe(false);
            expect(archive.offers.has(3)).toBe(false);
          });
          expect(archives.map((archive) => archive.state)).not.toContain('accepted');
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('a made-up proof, also of an archive that has offered the crate, keeps it from nobody', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), fc.boolean(), (liars, again) => {
        const [archive] = threeArchives();
        for (const from of liars) {
          arrive(archive!, { kind: 'offer', from, to: 0 });
          arrive(archive!, { kind: 'made-up proof', from, to: 0 });
          if (again) arrive(archive!, { kind: 'made-up proof', from, to: 0 });
        }
        expect(archive!.offers.size).toBe(4);
        arrive(archive!, { kind: 'copy', from: 1, to: 0 });
        expect(archive!.state).toBe('accepted');
      }),
    );
  });
});
