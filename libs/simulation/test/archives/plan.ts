/**
 * What happens in one random world, as a seed says it: which archives there are and what they keep, what is published
 * where, and what breaks when. Plans are data, so that a failure can print what led to it.
 */
import type { Scope } from '@holdfast/protocol';
import { Random } from '../../src/index.js';
import type { Action, Planning } from './action.js';
import { planCrates } from './crates-plan.js';
import { planFaults, skewOf, smallSkewOf } from './faults-plan.js';
import { beginning, collections, topics, type RecordPool } from './record-pool.js';

export interface PlannedArchive {
  readonly name: string;
  readonly scope: Scope;
  /** Starts so late, from nothing. */
  readonly startsMs: number;
  readonly skewMs: number;
  readonly commitMsMean: number;
  readonly failureRate: number;
}

export interface Plan {
  readonly archives: readonly PlannedArchive[];
  /** Who dials whom: both may. */
  readonly dials: readonly (readonly [from: string, to: string])[];
  readonly actions: readonly { readonly atMs: number; readonly action: Action }[];
  readonly lastsMs: number;
  /** Nothing breaks in it: then each body is transferred once. */
  readonly isCalm: boolean;
  /**
   * Nothing in it is dated ahead of anybody's clock. What is, is refused for a while, and brought again when a comparison
   * finds it later.
   */
  readonly isPunctual: boolean;
  /** Whether an hour in which nothing happens is looked at afterwards. */
  readonly measuresIdle: boolean;
  /** Everybody trusts it, and should not. */
  readonly adversary: string | undefined;
  readonly errandRetryMsMax: number;
  readonly offersPerArchiveMax: number;
  /** The last hour in which a crate expires, where the world is watched until all are forgotten. */
  readonly forgetsFromHour: number | undefined;
}

const minute = 60_000;

/** `calm`: nothing breaks. `broken`: whatever can break does. `betrayed`: one of those that are trusted should not be. */
export type RecordPlanKind = 'calm' | 'broken' | 'betrayed';

export function planOf(seed: number, kind: RecordPlanKind, pool: RecordPool): Plan {
  const random = Random.stream(seed, `plan of a ${kind} world`);
  const isCalm = kind === 'calm';
  const names = ['ann', 'ben', 'cleo', 'dan', 'eve'].slice(0, random.oneOf([3, 3, 3, 4, 4, 5]));
  const lastsMs = random.between(0.3, kind === 'betrayed' ? 1.5 : 4) * minute;
  const isPunctual = isCalm || (kind === 'broken' && random.happens(0.5));
  const isLong = kind !== 'betrayed' && random.happens(0.06);
  const archives = archivesOf(random, names, pool, { isCalm, isPunctual, isLong, lastsMs });
  const actions: { atMs: number; action: Action }[] = [];
  const plan = (atMs: number, action: Action): unknown => actions.push({ atMs, action });
  const records = isPunctual ? pool.records.filter(({ iat }) => iat <= beginning) : pool.records;
  if (isLong) planLongRecords(random, names, pool, plan);
  else planRecords(random, names, { ...pool, records }, lastsMs, random.whole(5, 40), plan);
  const inThirtyDays = Math.floor(beginning / 3600) + 720;
  planCrates(random, names, { count: random.whole(0, 8), lastsMs, expiryHourOf: () => inThirtyDays }, plan);
  if (kind === 'broken' || (kind === 'betrayed' && random.happens(0.3)))
    planFaults(random, names, lastsMs, isPunctual ? smallSkewOf : skewOf, plan);
  actions.sort((a, b) => a.atMs - b.atMs);
  const dials = dialsOf(random, names, archives);
  return {
    archives,
    dials,
    actions,
    lastsMs,
    isCalm,
    isPunctual,
    measuresIdle: kind !== 'betrayed' && random.happens(0.2),
    adversary: kind === 'betrayed' ? 'mallory' : undefined,
    // As punctual as everything else.
    errandRetryMsMax: minute,
    offersPerArchiveMax: random.oneOf([2, 4096]),
    forgetsFromHour: undefined,
  };
}

function archivesOf(
  random: Random,
  names: readonly string[],
  pool: RecordPool,
  {
    isCalm,
    isPunctual,
    isLong,
    lastsMs,
  }: { isCalm: boolean; isPunctual: boolean; isLong: boolean; lastsMs: number },
): PlannedArchive[] {
  const areDifferent = !isLong && random.happens(0.4);
  const latecomer = isLong || random.happens(0.4) ? random.oneOf(names) : undefined;
  return names.map((name) => ({
    name,
    scope: areDifferent ? scopeOf(random, pool) : {},
    startsMs:
      name === latecomer
        ? random.between(0.3, 1) * lastsMs
        : random.happens(0.5)
          ? 0
          : random.between(0, 2000),
    skewMs: isPunctual ? smallSkewOf(random) : skewOf(random),
    commitMsMean: random.oneOf([0, 2, 5, 50]),
    failureRate: isCalm ? 0 : random.oneOf([0, 0, 0.05, 0.3]),
  }));
}

function scopeOf(random: Random, pool: RecordPool): Scope {
  return random.oneOf<() => Scope>([
    () => ({}),
    () => ({ collections: random.someOf(collections, random.whole(1, 2)) }),
    () => ({ authors: random.someOf(pool.authors, random.whole(1, 3)) }),
    () => ({ topics: random.someOf(topics, 1) }),
    () => ({ since: beginning - random.whole(0, 20 * 86_400) }),
  ])();
}

/** Everybody with everybody, or a chain, along which everything has to come; of each pair one dials, or both. */
export function dialsOf(
  random: Random,
  names: readonly string[],
  archives: readonly Pick<PlannedArchive, 'scope'>[],
): [string, string][] {
  const isChain = random.happens(0.25) && archives.every(({ scope }) => Object.keys(scope).length === 0);
  const dials: [string, string][] = [];
  names.forEach((name, index) => {
    for (const other of isChain ? names.slice(index + 1, index + 2) : names.slice(index + 1)) {
      const who = random.whole(0, 3);
      if (who !== 1) dials.push([name, other]);
      if (who === 1 || who === 2) dials.push([other, name]);
    }
  });
  return dials;
}

function planRecords(
  random: Random,
  names: readonly string[],
  pool: RecordPool,
  lastsMs: number,
  count: number,
  plan: Planning,
): void {
  // Some are there before the archives meet, and some places are busier than others.
  const early = random.next();
  const places = random.someOf(names, random.whole(1, names.length));
  for (const record of random.someOf(pool.records, count)) {
    const atMs = random.happens(early) ? random.between(0, 1000) : random.between(0, lastsMs);
    plan(atMs, { do: 'publish', at: random.oneOf(places), record: record.jws });
    // The same record at a second place: its author has two archives.
    if (random.happens(0.2)) {
      const laterMs = random.happens(0.5) ? random.between(0, 200) : random.between(0, lastsMs - atMs);
      plan(atMs + laterMs, { do: 'publish', at: random.oneOf(names), record: record.jws });
    }
    for (const retraction of pool.retractions.get(record.id) ?? []) {
      if (random.happens(0.3)) continue;
      // It may well come before what it retracts.
      const whenMs = random.happens(0.5)
        ? random.between(0, lastsMs)
        : Math.min(lastsMs, atMs + random.exponential(2000));
      plan(whenMs, { do: 'publish', at: random.oneOf(names), record: retraction.jws });
    }
  }
}

/** All at one place and at once: whoever comes late takes them by pages. */
function planLongRecords(random: Random, names: readonly string[], pool: RecordPool, plan: Planning): void {
  const at = random.oneOf(names);
  for (const { jws } of pool.longRecords) plan(random.between(0, 1000), { do: 'publish', at, record: jws });
}
