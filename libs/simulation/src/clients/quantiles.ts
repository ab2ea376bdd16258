/** Summaries of many numbers, by nearest rank. */
export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
  readonly max: number;
}

/** All zero when there are none. */
export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number =>
    sorted.length === 0 ? 0 : sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  const sum = sorted.reduce((total, value) => total + value, 0);
  return {
    p50: rounded(at(0.5)),
    p95: rounded(at(0.95)),
    p99: rounded(at(0.99)),
    mean: rounded(sorted.length === 0 ? 0 : sum / sorted.length),
    max: rounded(at(1)),
  };
}

/** To a tenth. */
export const rounded = (value: number): number => Math.round(value * 10) / 10;

/** To a hundredth of a percent; null where nothing was asked for. */
export const shareOf = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
