/**
 * How long things last, as distributions that can be drawn from and compared with. Each knows its length-biased form
 * too: whoever looks at a world in its steady state meets a session with a probability that grows with its length.
 */
import { exactExp, exactLn, exactPow, normalQuantile } from './exact.js';
import type { Random } from './random.js';

export interface Distribution {
  readonly mean: number;
  /** @param probability 0 <= it < 1 */
  quantile(probability: number): number;
  /** The value below which one is with this probability that is met in the steady state. */
  lengthBiasedQuantile(probability: number): number;
}

export const draw = (distribution: Distribution, random: Random): number =>
  distribution.quantile(random.next());

/** A lifetime that is under way when one looks: how much of it is over, and how much is left. */
export function drawUnderWay(
  distribution: Distribution,
  random: Random,
): { readonly age: number; readonly rest: number } {
  const whole = distribution.lengthBiasedQuantile(random.next());
  const age = whole * random.next();
  return { age, rest: whole - age };
}

/** With shape 1 the exponential distribution. */
export function weibull(shape: number, scale: number): Distribution {
  // With z = -ln(1 - p) a quantile is scale z^(1/shape), and z itself is exponentially distributed.
  const ofZ = (z: number): number => scale * exactPow(z, 1 / shape);
  const biased = lengthBiasedTable(ofZ);
  return {
    mean: biased.mean,
    quantile: (probability) => ofZ(-exactLn(1 - probability)),
    lengthBiasedQuantile: (probability) => ofZ(biased.zBelow(probability)),
  };
}

export const exponentialOfMedian = (median: number): Distribution => weibull(1, median / exactLn(2));

export function lognormal(median: number, sigma: number): Distribution {
  const ofNormal = (x: number): number => median * exactExp(sigma * x);
  // Weighted with its length, a lognormal variable is lognormal again, its logarithm moved by sigma squared.
  return {
    mean: median * exactExp((sigma * sigma) / 2),
    quantile: (probability) => (probability === 0 ? 0 : ofNormal(normalQuantile(probability))),
    lengthBiasedQuantile: (probability) =>
      probability === 0 ? 0 : ofNormal(normalQuantile(probability) + sigma),
  };
}

/** The integral of value times probability, so far, at steps of z: 0 to 1 for z from 0 to where nothing is left. */
function lengthBiasedTable(ofZ: (z: number) => number): {
  readonly mean: number;
  zBelow(probability: number): number;
} {
  const steps = 8_192;
  const zMax = 60;
  // Finer near 0, where the distributions of short sessions bend most.
  const zAt = (step: number): number => zMax * (step / steps) * (step / steps);
  const sums = new Float64Array(steps + 1);
  for (let step = 1; step <= steps; step++) {
    const [from, to] = [zAt(step - 1), zAt(step)];
    sums[step] = sums[step - 1]! + ofZ((from + to) / 2) * (exactExp(-from) - exactExp(-to));
  }
  const mean = sums[steps]!;
  return {
    mean,
    zBelow(probability) {
      const wanted = probability * mean;
      let low = 0;
      let high = steps;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (sums[middle]! <= wanted) low = middle;
        else high = middle;
      }
      const span = sums[high]! - sums[low]!;
      const part = span === 0 ? 0 : (wanted - sums[low]!) / span;
      return zAt(low) + part * (zAt(high) - zAt(low));
    },
  };
}
