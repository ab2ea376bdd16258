/**
 * Choices of a fuzzer: from a seed and the number of an input, so that any one input can be made again without those
 * before it. Not fast-check's, which takes some hundred microseconds for each input.
 */
export class FuzzSource {
  private state: number;

  constructor(seed: number, input: number) {
    this.state = Math.imul(seed ^ Math.imul(input + 1, 0x9e3779b1), 0x85ebca6b) | 0;
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  one<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

/** The seed of this run: `HOLDFAST_FUZZ_SEED`, else another one each time. */
export const fuzzSeed = Number(
  process.env.HOLDFAST_FUZZ_SEED ?? crypto.getRandomValues(new Uint32Array(1))[0],
);

/** Throws with what repeats it when a check of an input throws. */
export function failedAt(input: number, given: string, cause: unknown): Error {
  const repeat = `HOLDFAST_FUZZ_SEED=${fuzzSeed} node tools/test.mjs libs/protocol/test/fuzz.spec.ts`;
  return new Error(`Input ${input} of seed ${fuzzSeed}: ${given}\nRepeat with: ${repeat}`, { cause });
}
