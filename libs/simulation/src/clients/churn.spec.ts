/** The models against the distributions that they claim to be, and the steady state against renewal theory. */
import { describe, expect, it } from '@jest/globals';
import { draw, drawUnderWay, type Distribution } from '../chance/distribution.js';
import { Random } from '../chance/random.js';
import { churnModels, sessionsOf, type ChurnModel } from './churn.js';

const count = 10_000;
/** What the Kolmogorov-Smirnov distance of so many draws exceeds once in a thousand times; the seeds are fixed. */
const distanceMax = 1.95 / Math.sqrt(count);

const drawn = (of: (random: Random) => number, seed: string): number[] => {
  const random = Random.stream(1, seed);
  return Array.from({ length: count }, () => of(random)).sort((a, b) => a - b);
};

/** The largest difference between the share that is below a value, and the share that should be. */
function distance(sorted: readonly number[], shareBelow: (x: number) => number): number {
  let largest = 0;
  sorted.forEach((x, index) => {
    const share = shareBelow(x);
    largest = Math.max(largest, share - index / count, (index + 1) / count - share);
  });
  return largest;
}

const weibullBelow =
  (shape: number, scale: number) =>
  (x: number): number =>
    1 - Math.exp(-((x / scale) ** shape));

/** Abramowitz and Stegun 7.1.26, good to 1.5e-7. */
function normalBelow(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - series * Math.exp((-x * x) / 2);
  return x < 0 ? (1 - erf) / 2 : (1 + erf) / 2;
}

/** The published models: share of sessions shorter than x minutes, median, mean. */
const published: Readonly<
  Record<ChurnModel, { below: (x: number) => number; median: number; mean: number }>
> = {
  kad: { below: weibullBelow(0.61511, 169.5385), median: 93.4, mean: 247.0 },
  ipfs: { below: weibullBelow(0.67, 207), median: 119.8, mean: 273.8 },
  bamboo: { below: weibullBelow(1, 1.4 / Math.LN2), median: 1.4, mean: 2.02 },
  tab: { below: (x) => normalBelow(Math.log(x / 4) / 1.5), median: 4, mean: 12.32 },
};

/** Probability that what is left of a session under way is at most x: the mean's share that lies below x. */
function restBelow(distribution: Distribution, below: (x: number) => number): (x: number) => number {
  const [xs, sums] = [[0], [0]];
  for (let x = 1e-4 * distribution.mean, sum = 0, last = 0; x < 400 * distribution.mean; x *= 1.002) {
    sum += (x - last) * (1 - below((x + last) / 2));
    xs.push(x);
    sums.push(sum);
    last = x;
  }
  return (x) => {
    let [low, high] = [0, xs.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle]! < x) low = middle;
      else high = middle;
    }
    return sums[high]! / distribution.mean;
  };
}

describe.each(churnModels)('sessions of the model %s', (model) => {
  const sessions = sessionsOf(model);
  const { below, median, mean } = published[model];

  it('have the published median and mean', () => {
    expect(Math.abs(sessions.quantile(0.5) / median - 1)).toBeLessThan(0.003);
    expect(Math.abs(sessions.mean / mean - 1)).toBeLessThan(0.003);
  });

  it('are distributed as published', () => {
    expect(
      distance(
        drawn((random) => draw(sessions, random), model),
        below,
      ),
    ).toBeLessThan(distanceMax);
  });

  it('are met in the steady state with what renewal theory says is left of them, and is over', () => {
    const shareBelow = restBelow(sessions, below);
    const rests = drawn((random) => drawUnderWay(sessions, random).rest, `${model}/rest`);
    const ages = drawn((random) => drawUnderWay(sessions, random).age, `${model}/age`);
    // A grid of steps of 0.2 % stands for the integral.
    expect(distance(rests, shareBelow)).toBeLessThan(distanceMax + 0.002);
    expect(distance(ages, shareBelow)).toBeLessThan(distanceMax + 0.002);
  });

  it('can be stretched to another median', () => {
    expect(Math.abs(sessionsOf(model, 17).quantile(0.5) - 17)).toBeLessThan(1e-9 * 17 + 1e-7);
  });
});
