/** The worlds of one crate, numbered and checked when they are found, and where each can go. */
import type { CrateAge } from '@holdfast/protocol';
import {
  emptySite,
  keyOf,
  uncommittedAt,
  withSite,
  withUncommitted,
  type CrateWorld,
  type Place,
} from './crate-world.js';
import { flawBetween, flawOf } from './invariants.js';
import { movesAt, type Cast } from './moves.js';
import type { Rules } from './rules.js';

export class Flaw extends Error {
  constructor(
    flaw: string,
    readonly step: string,
  ) {
    super(flaw);
  }
}

export interface NumberedMove {
  readonly name: string;
  readonly to: number;
}

const ages: readonly CrateAge[] = ['current', 'expired', 'forgettable'];

export class WorldList {
  private readonly numbers = new Map<string, number>();
  private readonly worlds: CrateWorld[] = [];
  private readonly movesByKey: (readonly NumberedMove[] | undefined)[] = [];
  private readonly crashes: (number | undefined)[] = [];

  constructor(
    private readonly rules: Rules,
    private readonly cast: Cast,
  ) {}

  get count(): number {
    return this.worlds.length;
  }

  at(world: number): CrateWorld {
    return this.worlds[world]!;
  }

  /** @param step how it came to this world */
  numberOf(world: CrateWorld, step: string): number {
    const key = keyOf(world);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const flaw = flawOf(world);
    if (flaw !== undefined) throw new Flaw(flaw, step);
    this.numbers.set(key, this.worlds.length);
    this.worlds.push(world);
    return this.worlds.length - 1;
  }

  moves(world: number, at: Place, age: CrateAge, hasRoom: boolean): readonly NumberedMove[] {
    const key = ((world * ages.length + ages.indexOf(age)) * 2 + Number(hasRoom)) * 2 + Number(at === 'a');
    return (this.movesByKey[key] ??= this.findMoves(world, at, age, hasRoom));
  }

  private findMoves(world: number, at: Place, age: CrateAge, hasRoom: boolean): readonly NumberedMove[] {
    const before = this.at(world);
    const moves = movesAt(before, at, { age, hasRoom }, this.rules, this.cast).map(
      ({ name, world: after }) => {
        const flaw = flawBetween(before, after);
        if (flaw !== undefined) throw new Flaw(flaw, name);
        return { name, to: this.numberOf(after, name) };
      },
    );
    return moves.filter(({ to }) => to !== world);
  }

  isHalfDone(first: number, second: number): boolean {
    const [one, other] = [this.at(first), this.at(second)];
    return (one.uncommittedA ?? one.uncommittedB ?? other.uncommittedA ?? other.uncommittedB) !== undefined;
  }

  hasOffer(world: number, at: Place): boolean {
    return this.at(world)[at].offered;
  }

  withoutOffer(world: number, at: Place): number {
    const before = this.at(world);
    const site = { ...before[at], offered: false, noted: undefined };
    return this.numberOf(withSite(before, at, site), 'an offer is dropped');
  }

  /** What is not committed there is forgotten, and what is on its links is lost. */
  crashed(world: number, place: Place): number {
    const before = this.at(world);
    const keepsLinks = this.cast.network === 'everything' || before.sent === 0;
    if (keepsLinks && uncommittedAt(before, place) === undefined) return world;
    const key = world * 2 + Number(place === 'a');
    return (this.crashes[key] ??= this.numberOf(
      { ...withUncommitted(before, place, undefined), sent: keepsLinks ? before.sent : 0 },
      `${place} crashes`,
    ));
  }

  /** The disk is gone with everything on it: from then on nothing is said of how many hold the crate. */
  destroyed(world: number, place: Place): number {
    const empty = withSite(withUncommitted(this.at(world), place, undefined), place, emptySite);
    return this.numberOf({ ...empty, together: true }, `${place}'s disk is destroyed`);
  }
}
