/**
 * Explores every state that one or two crates can come to at two archives, breadth first, and checks each. Crates meet
 * only in what they share: the archives' clocks, crashes and disks, and the room for offers. So the worlds of a crate
 * are numbered, what can happen to one is worked out once, and a state is two of these numbers and that of its
 * surroundings. The second crate enters at the other archive than the first; in its own world that one is "a".
 */
import { emptyWorld, otherPlace, type Place } from './crate-world.js';
import { flawAfterHealing } from './invariants.js';
import type { Cast } from './moves.js';
import type { Rules } from './rules.js';
import { StateList } from './state-list.js';
import { everySurroundings } from './surroundings.js';
import { Flaw, WorldList } from './world-list.js';

export interface Exploration {
  readonly rules: Rules;
  readonly cast: Cast;
  readonly crates: 1 | 2;
  /** Whether clocks run, and are set back by less than the skew. */
  readonly time: boolean;
  /** Whether one disk may be destroyed. */
  readonly destruction: boolean;
  /** How many crates an archive keeps offers of at a time. */
  readonly offersMax: number;
}

export interface Explored {
  readonly states: number;
  readonly worldsOfOneCrate: number;
  /** What was found wrong, and the shortest way to it. */
  readonly flaw?: string;
  readonly trace?: readonly string[];
}

const places = ['a', 'b'] as const;
const worldsMax = 2 ** 22;

type Found = (name: string, first: number, second: number, surroundings: number) => void;

export function explore(exploration: Exploration): Explored {
  const worlds = new WorldList(exploration.rules, exploration.cast);
  const states = new StateList();
  const explorer = new Explorer(exploration, worlds);
  let index = 0;
  try {
    const start = worlds.numberOf(emptyWorld, 'start');
    states.add(explorer.pack(start, start, 0), -1);
    for (; index < states.count; index++) {
      explorer.eachNext(states.at(index), (name, first, second, surroundings) => {
        if (!states.add(explorer.pack(first, second, surroundings), index)) return;
        explorer.checkHealing(name, first, second, surroundings);
      });
    }
    return { states: states.count, worldsOfOneCrate: worlds.count };
  } catch (error) {
    if (!(error instanceof Flaw)) throw error;
    const trace = [...explorer.namesOf(states.wayTo(index)), error.step];
    return { states: states.count, worldsOfOneCrate: worlds.count, flaw: error.message, trace };
  }
}

class Explorer {
  private readonly healed = new Set<number>();

  constructor(
    private readonly exploration: Exploration,
    private readonly worlds: WorldList,
  ) {}

  /** One number for a state, and for the same with crates and archives exchanged. */
  pack(first: number, second: number, surroundings: number): number {
    const packed = (surroundings * worldsMax + first) * worldsMax + second;
    if (this.exploration.crates === 1) return packed;
    const { mirrored } = everySurroundings[surroundings]!;
    return Math.min(packed, (mirrored * worldsMax + second) * worldsMax + first);
  }

  eachNext(state: number, found: Found): void {
    const second = state % worldsMax;
    const rest = (state - second) / worldsMax;
    const first = rest % worldsMax;
    const surroundings = (rest - first) / worldsMax;
    const { worlds } = this;
    const isHalfDone = this.exploration.rules.commit === 'locked' && worlds.isHalfDone(first, second);
    for (const place of places) {
      if (place === everySurroundings[surroundings]!.destroyed) continue;
      this.eachMove(first, second, surroundings, place, found);
      const [crashedFirst, crashedSecond] = [
        worlds.crashed(first, place),
        worlds.crashed(second, otherPlace[place]),
      ];
      if (crashedFirst === first && crashedSecond === second) continue;
      found(`${place} crashes and starts again`, crashedFirst, crashedSecond, surroundings);
    }
    if (!isHalfDone) this.eachShared(first, second, surroundings, found);
  }

  private eachMove(first: number, second: number, surroundings: number, place: Place, found: Found): void {
    const { worlds } = this;
    const { rules, offersMax, crates } = this.exploration;
    const age = everySurroundings[surroundings]!.ages[place];
    const isLocked = rules.commit === 'locked';
    const other = otherPlace[place];
    const [offerOfFirst, offerOfSecond] = [worlds.hasOffer(first, place), worlds.hasOffer(second, other)];
    if (!isLocked || !worlds.isHalfDone(second, second)) {
      const hasRoom = offerOfFirst || Number(offerOfSecond) < offersMax;
      for (const { name, to } of worlds.moves(first, place, age, hasRoom || rules.dropsOffers)) {
        const drops = rules.dropsOffers && !hasRoom && worlds.hasOffer(to, place);
        found(name, to, drops ? worlds.withoutOffer(second, other) : second, surroundings);
      }
    }
    if (crates === 2 && (!isLocked || !worlds.isHalfDone(first, first))) {
      const hasRoom = offerOfSecond || Number(offerOfFirst) < offersMax;
      for (const { name, to } of worlds.moves(second, other, age, hasRoom || rules.dropsOffers)) {
        const drops = rules.dropsOffers && !hasRoom && worlds.hasOffer(to, other);
        found(name, drops ? worlds.withoutOffer(first, place) : first, to, surroundings);
      }
    }
    if (Number(offerOfFirst) + Number(offerOfSecond) > Math.max(offersMax, 1)) {
      throw new Flaw('more offers are kept than there is room for', 'then');
    }
  }

  private eachShared(first: number, second: number, surroundings: number, found: Found): void {
    const { time, destruction } = this.exploration;
    for (const { name, to, destroys } of everySurroundings[surroundings]!.next) {
      if (destroys === undefined ? !time : !destruction) continue;
      if (destroys === undefined) found(name, first, second, to);
      else {
        const { worlds } = this;
        found(name, worlds.destroyed(first, destroys), worlds.destroyed(second, otherPlace[destroys]), to);
      }
    }
  }

  checkHealing(step: string, first: number, second: number, surroundings: number): void {
    const { crates } = this.exploration;
    this.checkHealingOf(step, first, surroundings);
    if (crates === 2) this.checkHealingOf(step, second, everySurroundings[surroundings]!.mirrored);
  }

  private checkHealingOf(step: string, world: number, surroundings: number): void {
    const key = world * everySurroundings.length + surroundings;
    if (this.healed.has(key)) return;
    this.healed.add(key);
    const { ages, destroyed } = everySurroundings[surroundings]!;
    const flaw = flawAfterHealing(this.worlds.at(world), ages, destroyed, this.exploration.rules);
    if (flaw !== undefined) throw new Flaw(flaw, `${step}, and the links heal`);
  }

  namesOf(way: readonly number[]): string[] {
    return way.slice(1).map((state, index) => {
      let found = '';
      this.eachNext(way[index]!, (name, first, second, surroundings) => {
        if (this.pack(first, second, surroundings) === state) found = name;
      });
      return found;
    });
  }
}
