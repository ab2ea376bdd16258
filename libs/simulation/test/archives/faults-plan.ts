/** What breaks in random worlds, and when: links, machines, disks and clocks. */
import { noticedAtOnce, noticedLate, type LinkQuality, type Random } from '../../src/index.js';
import type { Planning } from './action.js';

const minute = 60_000;
const hour = 60 * minute;

export const smallSkewOf = (random: Random): number => random.between(-5, 5) * minute;

export const skewOf = (random: Random): number =>
  random.happens(0.3) ? random.between(-12, 12) * hour : smallSkewOf(random);

export function planFaults(
  random: Random,
  names: readonly string[],
  lastsMs: number,
  skew: (random: Random) => number,
  plan: Planning,
  /** How long they last on average. */
  meansMs: readonly number[] = [500, 5000, 60_000],
): void {
  // Which kinds of faults there are in this world, so that also pure ones come.
  const kinds = random.someOf(
    ['cut', 'partition', 'crash', 'commit', 'skew', 'database', 'link'] as const,
    random.whole(1, 7),
  );
  const count = random.whole(1, 20);
  for (let fault = 0; fault < count; fault++) {
    const atMs = random.between(0, lastsMs);
    const untilMs = Math.min(lastsMs, atMs + random.exponential(random.oneOf(meansMs)));
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
