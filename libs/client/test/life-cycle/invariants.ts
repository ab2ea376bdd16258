/** What must be true of every world that can be reached, and of every step between two. */
import type { CrateAge } from '@holdfast/protocol';
import { rankOf, shown } from '../../src/crates/status/status-lattice.js';
import { otherPlace, type CrateWorld, type Place, type Site } from './crate-world.js';
import { decide, errandOf, eventOf, type Circumstances } from './archive.js';
import type { Rules } from './rules.js';

const places = ['a', 'b'] as const;

/** What is wrong with this world, or undefined. */
export function flawOf(world: CrateWorld): string | undefined {
  for (const place of places) {
    const site = world[place];
    if (site.promised && site.state === 'unknown') return 'an accepted crate is lost';
    if (site.shut && site.state === 'accepted') return 'a crate that had left waits again';
    if (!isDue(site, world)) return 'a crate left on a proof that nobody had';
    if (site.noted !== undefined && !site.offered) return 'a proof is kept for a crate that nobody offered';
  }
  if (world.standing.progress === 'durable' && !world.together && !world.a.shut && !world.b.shut) {
    return 'a crate is called durable that two archives have not held at once';
  }
  return undefined;
}

function isDue({ state }: Site, { recipient, recalls }: CrateWorld): boolean {
  if (state === 'delivered') return recipient === 'acks';
  if (state === 'discarded') return recipient === 'discards';
  return state !== 'recalled' || recalls;
}

/** What is wrong with this step, or undefined. */
export function flawBetween(before: CrateWorld, after: CrateWorld): string | undefined {
  const fell = rankOf(shown(after.standing)) < rankOf(shown(before.standing));
  return fell ? "the sender's status goes back" : undefined;
}

/** What is still wrong when the links have healed and nobody does anything more, or undefined. */
export function flawAfterHealing(
  world: CrateWorld,
  ages: Readonly<Record<Place, CrateAge>>,
  destroyed: Place | undefined,
  rules: Rules,
): string | undefined {
  // What is not committed yet will be or is forgotten: both are worlds of their own.
  if (world.uncommittedA !== undefined || world.uncommittedB !== undefined) return undefined;
  const sites = { a: world.a, b: world.b };
  if (heal(sites, ages, destroyed, rules)) return 'an errand never ends';
  for (const place of places) {
    const there = sites[otherPlace[place]].state;
    const leftThere = there === 'delivered' || there === 'discarded' || there === 'recalled';
    if (sites[place].state === 'accepted' && leftThere) return 'a crate waits that has left elsewhere';
  }
  return undefined;
}

/** Told, not known, offered, wanted, told again, and the answer to that. */
const messagesOfErrandMax = 6;

/**
 * Something is told where the crate could not come unless a clock is set back: that ends with time, and by nothing
 * else.
 */
const waitsForClock = (
  sites: Record<Place, Site>,
  ages: Readonly<Record<Place, CrateAge>>,
  at: Place,
): boolean =>
  sites[at].task === 'tell' &&
  sites[otherPlace[at]].state === 'unknown' &&
  ages[otherPlace[at]] !== 'current';

/** Runs the errands until none is left, for as many rounds as could be needed. */
function heal(
  sites: Record<Place, Site>,
  ages: Readonly<Record<Place, CrateAge>>,
  destroyed: Place | undefined,
  rules: Rules,
): boolean {
  const receive = (at: Place, message: Parameters<typeof eventOf>[0], left = messagesOfErrandMax): void => {
    if (left === 0) return;
    const { site, sends } = decide(sites[at], eventOf(message), circumstances(ages[at]), rules);
    sites[at] = site;
    for (const next of sends) receive(otherPlace[at], next, left - 1);
  };
  const living = places.filter((place) => place !== destroyed);
  for (const _ of [1, 2, 3, 4]) {
    for (const at of living) {
      sites[at] = decide(sites[at], { kind: 'time' }, circumstances(ages[at]), rules).site;
    }
    const errands = living
      .filter((at) => !waitsForClock(sites, ages, at))
      .map((at) => [at, errandOf(sites[at], ages[at])] as const);
    if (destroyed !== undefined || errands.every(([, errand]) => errand === undefined)) return false;
    for (const [at, errand] of errands) if (errand !== undefined) receive(otherPlace[at], errand);
  }
  return true;
}

const circumstances = (age: CrateAge): Circumstances => ({ age, hasRoom: true });
