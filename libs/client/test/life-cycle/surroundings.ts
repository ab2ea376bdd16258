/**
 * What the crates of a state share: how old they are by the clock of each archive, and whose disk is destroyed.
 * Numbered, so that a state fits a number.
 */
import type { CrateAge } from '@holdfast/protocol';
import { otherPlace, type Place } from './crate-world.js';

export interface Surroundings {
  readonly ages: Readonly<Record<Place, CrateAge>>;
  readonly destroyed: Place | undefined;
  /** Numbers of the surroundings that may come next, by the archive's clock that moves or whose disk is destroyed. */
  readonly next: readonly { readonly name: string; readonly to: number; readonly destroys?: Place }[];
  /** The number of the same with the archives exchanged. */
  readonly mirrored: number;
}

/** Once a clock has shown that a crate is forgettable, nothing within the skew sets it back to before the expiry. */
const clocks: readonly { readonly age: CrateAge; readonly next: readonly number[] }[] = [
  { age: 'current', next: [1] },
  { age: 'expired', next: [0, 2] },
  { age: 'forgettable', next: [3] },
  { age: 'expired', next: [2] },
];
const losses = [undefined, 'a', 'b'] as const;

const numberOf = (a: number, b: number, destroyed: Place | undefined): number =>
  (a * clocks.length + b) * losses.length + losses.indexOf(destroyed);

export const everySurroundings: readonly Surroundings[] = clocks.flatMap((clockOfA, a) =>
  clocks.flatMap((clockOfB, b) =>
    losses.map((destroyed) => ({
      ages: { a: clockOfA.age, b: clockOfB.age },
      destroyed,
      next: [
        ...clockOfA.next.map((to) => ({
          name: `a's clock shows ${clocks[to]!.age}`,
          to: numberOf(to, b, destroyed),
        })),
        ...clockOfB.next.map((to) => ({
          name: `b's clock shows ${clocks[to]!.age}`,
          to: numberOf(a, to, destroyed),
        })),
        ...(destroyed === undefined ? (['a', 'b'] as const) : []).map((place) => ({
          name: `${place}'s disk is destroyed`,
          to: numberOf(a, b, place),
          destroys: place,
        })),
      ],
      mirrored: numberOf(b, a, destroyed === undefined ? undefined : otherPlace[destroyed]),
    })),
  ),
);
