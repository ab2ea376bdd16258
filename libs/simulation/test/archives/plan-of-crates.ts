/**
 * A random world of crates alone: minutes among archives of which some are linked as well, or hours among strangers, in
 * which crates expire by clocks that are off, are forgotten, and archives are away for long.
 */
import { Random } from '../../src/index.js';
import type { Action } from './action.js';
import { planCrates } from './crates-plan.js';
import { planFaults, smallSkewOf } from './faults-plan.js';
import { dialsOf, type Plan } from './plan.js';
import { beginning } from './record-pool.js';

const minute = 60_000;
const hour = 60 * minute;
const firstHour = Math.floor(beginning / 3600);

/** No clock is set back by as much as a tombstone outlives its crate. */
const skewOf = (random: Random): number => random.between(-5.5, 5.5) * hour;

export function planOfCrates(seed: number): Plan {
  const random = Random.stream(seed, 'plan of a crates world');
  const isLong = random.happens(0.6);
  const lastsMs = isLong ? random.between(1, 20) * hour : random.between(0.3, 5) * minute;
  const lastHour = firstHour + (isLong ? Math.ceil(lastsMs / hour) + 3 : 720);
  const skew = isLong && random.happens(0.7) ? skewOf : smallSkewOf;
  const archives = ['ann', 'ben', 'cleo', 'dan', 'eve'].slice(0, random.whole(2, 5)).map((name) => ({
    name,
    scope: {},
    startsMs: random.happens(0.7) ? 0 : random.between(0, lastsMs),
    skewMs: skew(random),
    commitMsMean: random.oneOf([0, 5, 50]),
    failureRate: random.oneOf([0, 0, 0.05, 0.3]),
  }));
  const names = archives.map(({ name }) => name);
  const actions: { atMs: number; action: Action }[] = [];
  const plan = (atMs: number, action: Action): unknown => actions.push({ atMs, action });
  const expiryHourOf = (): number =>
    isLong && random.happens(0.5) ? random.whole(firstHour + 1, lastHour) : lastHour;
  planCrates(random, names, { count: random.whole(1, 12), lastsMs, expiryHourOf }, plan);
  planFaults(random, names, lastsMs, skew, plan, [500, 5000, 60_000, lastsMs / 5]);
  return {
    archives,
    dials: isLong || random.happens(0.5) ? [] : dialsOf(random, names, archives),
    actions: actions.sort((a, b) => a.atMs - b.atMs),
    lastsMs,
    isCalm: false,
    isPunctual: false,
    measuresIdle: false,
    adversary: undefined,
    errandRetryMsMax: random.oneOf([minute, hour]),
    offersPerArchiveMax: random.oneOf([1, 2, 4096]),
    forgetsFromHour: isLong ? lastHour : undefined,
  };
}
