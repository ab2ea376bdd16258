/**
 * Logarithm, exponential, power and the quantiles of the normal distribution from additions, multiplications and
 * divisions alone. The language leaves the last bits of Math.log, exp and pow to the engine, and a trace that hangs on
 * them would be another one in another engine; IEEE 754 leaves nothing open about these. Accurate to about 1e-15, the
 * quantiles to about 1e-9.
 */
const ln2 = 0.6931471805599453;

/** Natural logarithm of a positive, finite number. */
export function exactLn(x: number): number {
  if (!(x > 0) || x === Infinity) throw new RangeError(`${x} has no logarithm here.`);
  let mantissa = x;
  let exponent = 0;
  for (; mantissa >= 1.5; exponent++) mantissa /= 2;
  for (; mantissa < 0.75; exponent--) mantissa *= 2;
  // ln m = 2 artanh((m - 1) / (m + 1)), with an argument of at most 0.2.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let n = 23; n >= 1; n -= 2) sum = sum * square + 1 / n;
  return 2 * s * sum + exponent * ln2;
}

export function exactExp(x: number): number {
  if (x < -700) return 0;
  if (!(x <= 700)) throw new RangeError(`e^${x} is too large.`);
  const power = Math.round(x / ln2);
  const rest = x - power * ln2;
  let sum = 1;
  for (let n = 18; n >= 1; n--) sum = 1 + (sum * rest) / n;
  const factor = power < 0 ? 0.5 : 2;
  for (let n = Math.abs(power); n > 0; n--) sum *= factor;
  return sum;
}

/** @param base 0 or more */
export const exactPow = (base: number, exponent: number): number =>
  base === 0 ? 0 : exactExp(exponent * exactLn(base));

/** The value below which a standard normal variable is with this probability (Peter Acklam's rational functions). */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError(`${probability} has no quantile.`);
  if (probability > 1 - tail) return -tailQuantile(1 - probability);
  if (probability < tail) return tailQuantile(probability);
  const q = probability - 0.5;
  const r = q * q;
  return (polynomial(central, r) * q) / (polynomial(centralBelow, r) * r + 1);
}

const tail = 0.02425;
const central = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const centralBelow = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
];
const outer = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const outerBelow = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];

function tailQuantile(probability: number): number {
  const q = Math.sqrt(-2 * exactLn(probability));
  return polynomial(outer, q) / (polynomial(outerBelow, q) * q + 1);
}

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
