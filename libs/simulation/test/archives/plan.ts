/**
 * What happens in one random world, as a seed says it: which archives there are and what they keep, what is published
 * where, and what breaks when. Plans are data, so that a failure can print what led to it.
 */
import type { Scope } from '@holdfast/protocol';
import { noticedAtOnce, noticedLate, type LinkQuality, type Noticing, Random } from '../../src/index.js';
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

export type Action =
  | { readonly do: 'publish'; readonly at: string; readonly record: string }
  | { readonly do: 'deposit'; readonly holders: readonly string[]; readonly crate: string }
  | { readonly do: 'depart'; readonly at: string; readonly crate: string }
  | {
      readonly do: 'cut';
      readonly from: string;
      readonly to: string;
      readonly noticing: Noticing;
      readonly bothWays: boolean;
    }
  | { readonly do: 'heal'; readonly from: string; readonly to: string }
  | { readonly do: 'crash'; readonly at: string; readonly noticing: Noticing }
  | { readonly do: 'crash-at-commit'; readonly at: string; readonly point: 'before-commit' | 'after-commit' }
  | { readonly do: 'start'; readonly at: string }
  | { readonly do: 'skew'; readonly at: string; readonly skewMs: number }
  | { readonly do: 'database'; readonly at: string; readonly isAway: boolean }
  | { readonly do: 'link'; readonly from: string; readonly to: string; readonly quality: LinkQuality };

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
}

const minute = 60_000;
const hour = 60 * minute;

/** `calm`: nothing breaks. `broken`: whatever can break does. `betrayed`: one of those that are trusted should not be. */
export type PlanKind = 'calm' | 'broken' | 'betrayed';

export function planOf(seed: number, kind: PlanKind, pool: RecordPool): Plan {
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
  planCrates(random, names, lastsMs, plan);
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

const smallSkewOf = (random: Random): number => random.between(-5, 5) * minute;

const skewOf = (random: Random): number =>
  random.happens(0.3) ? random.between(-12, 12) * hour : smallSkewOf(random);

/** Everybody with everybody, or a chain, along which everything has to come; of each pair one dials, or both. */
function dialsOf(
  random: Random,
  names: readonly string[],
  archives: readonly PlannedArchive[],
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

type Planning = (atMs: number, action: Action) => unknown;

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

function planCrates(random: Random, names: readonly string[], lastsMs: number, plan: Planning): void {
  const count = random.whole(0, 8);
  for (let number = 0; number < count; number++) {
    const crate = `${'A'.repeat(41)}${number}A`;
    const holders = random.someOf(names, random.whole(1, names.length));
    plan(random.between(0, 1000), { do: 'deposit', holders, crate });
    if (random.happens(0.7))
      plan(random.between(1000, lastsMs), { do: 'depart', at: random.oneOf(holders), crate });
  }
}

function planFaults(
  random: Random,
  names: readonly string[],
  lastsMs: number,
  skew: (random: Random) => number,
  plan: Planning,
): void {
  // Which kinds of faults there are in this world, so that also pure ones come.
  const kinds = random.someOf(
    ['cut', 'partition', 'crash', 'commit', 'skew', 'database', 'link'] as const,
    random.whole(1, 7),
  );
  const count = random.whole(1, 20);
  for (let fault = 0; fault < count; fault++) {
    const atMs = random.between(0, lastsMs);
    const untilMs = Math.min(lastsMs, atMs + random.exponential(random.oneOf([500, 5000, 60_000])));
    const [a, b] = random.someOf(names, 2) as [string, string];
    const noticing = random.happens(0.4) ? noticedAtOnce : noticedLate;
    switch (random.oneOf(kinds)) {
      case 'cut':
        plan(atMs, { do: 'cut', from: a, to: b, noticing, bothWays: random.happens(0.8) });
        plan(untilMs, { do: 'heal', from: a, to: b });
        break;
      case 'partition': {
        const island = random.someOf(names, random.whole(1, names.length - 1));
        for (const from of island) {
          for (const to of names.filter((name) => !island.includes(name))) {
            plan(atMs, { do: 'cut', from, to, noticing, bothWays: true });
            plan(untilMs, { do: 'heal', from, to });
          }
        }
        break;
      }
      case 'crash':
        plan(atMs, { do: 'crash', at: a, noticing });
        plan(untilMs, { do: 'start', at: a });
        break;
      case 'commit':
        plan(atMs, { do: 'crash-at-commit', at: a, point: random.oneOf(['before-commit', 'after-commit']) });
        plan(untilMs, { do: 'start', at: a });
        break;
      case 'skew':
        plan(atMs, { do: 'skew', at: a, skewMs: skew(random) });
        break;
      case 'database':
        plan(atMs, { do: 'database', at: a, isAway: true });
        plan(untilMs, { do: 'database', at: a, isAway: false });
        break;
      case 'link':
        plan(atMs, { do: 'link', from: a, to: b, quality: badLink(random) });
    }
  }
}

const badLink = (random: Random): LinkQuality => ({
  latencyMs: { min: random.between(1, 400), jitterMean: random.between(0, 800) },
  lossRate: random.between(0, 0.4),
  bytesPerSecond: random.oneOf([Infinity, 100_000, 3000]),
});
