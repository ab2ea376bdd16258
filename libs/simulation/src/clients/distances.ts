/**
 * How long messages travel between clients and archives of the world's regions: a fixed way between two regions, a last
 * mile of each end, and jitter. Whole milliseconds, from tables: no event pays for a logarithm.
 */
import { lognormal } from '../chance/distribution.js';
import type { Random } from '../chance/random.js';

/** One way, in milliseconds, between Europe, North America, East Asia, South America and South Asia. */
const waysMs = [
  [12, 45, 115, 100, 70],
  [45, 20, 80, 70, 110],
  [115, 80, 25, 140, 50],
  [100, 70, 140, 25, 150],
  [70, 110, 50, 150, 25],
];
const regionShares = [0.35, 0.3, 0.2, 0.07, 0.08];

const jitters = 1_024;
const jitter = Float64Array.from({ length: jitters }, (_, index) =>
  lognormal(1, 0.3).quantile((index + 0.5) / jitters),
);
const lastMiles = Float64Array.from({ length: jitters }, (_, index) =>
  lognormal(12, 0.7).quantile((index + 0.5) / jitters),
);

export const drawRegion = (random: Random): number => {
  let left = random.next();
  return Math.max(
    0,
    regionShares.findIndex((share) => (left -= share) < 0),
  );
};

/** From a home or a phone to the next exchange: median 12 ms, one in twenty above 38 ms. */
export const drawLastMileMs = (random: Random): number => lastMiles[random.word() >>> 22]!;

export const wayMs = (fromRegion: number, toRegion: number): number => waysMs[fromRegion]![toRegion]!;

/** What a way takes this time: half of it is light in glass, the other half varies. */
export const jittered = (ms: number, random: Random): number =>
  Math.ceil(ms * (0.5 + 0.5 * jitter[random.word() >>> 22]!));
