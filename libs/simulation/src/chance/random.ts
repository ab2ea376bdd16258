/**
 * Chance that can be repeated: xoshiro128** 1.1 (David Blackman and Sebastiano Vigna, 2018,
 * https://prng.di.unimi.it/xoshiro128starstar.c), and streams of it that are independent of each other: what one node
 * draws changes nothing for another, so that a world stays comparable when one of its nodes behaves differently.
 */
import { Fnv1a } from '../trace/fnv1a.js';

/** Looked up once: where tests run, what is global is found slowly. */
const { floor, imul, log } = Math;

export class Random {
  readonly #state: Uint32Array;

  /** @param state four words of 32 bits, not all zero */
  constructor(state: ArrayLike<number>) {
    this.#state = Uint32Array.from(state);
    if (this.#state.length !== 4 || this.#state.every((word) => word === 0)) {
      throw new RangeError('The state is four words, not all of them zero.');
    }
  }

  /** The stream of this name in the world of this seed. */
  static stream(seed: number | string, name: string): Random {
    const { low, high } = new Fnv1a().add(`${seed}/${name}`);
    return new Random([mix(low), mix(high), mix(low ^ 0x9e3779b9), mix(high ^ 0x3c6ef372) | 1]);
  }

  /** The next 32 bits. */
  word(): number {
    const s = this.#state;
    const times5 = imul(s[1]!, 5);
    const result = imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
    const shifted = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= shifted;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** 0 <= it < 1, with 53 bits. */
  next(): number {
    return ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  /** A whole number, `from` <= it <= `to`. */
  whole(from: number, to: number): number {
    return from + floor(this.next() * (to - from + 1));
  }

  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** Exponentially distributed, 0 or more. */
  exponential(mean: number): number {
    return -mean * log(1 - this.next());
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** Throws when there is nothing to choose from. */
  oneOf<Choice>(choices: readonly Choice[]): Choice {
    if (choices.length === 0) throw new RangeError('There is nothing to choose from.');
    return choices[this.whole(0, choices.length - 1)]!;
  }

  /** `count` of them, or all, in random order. */
  someOf<Choice>(choices: readonly Choice[], count: number): Choice[] {
    const left = [...choices];
    const chosen: Choice[] = [];
    while (chosen.length < count && left.length > 0) {
      chosen.push(left.splice(this.whole(0, left.length - 1), 1)[0]!);
    }
    return chosen;
  }
}

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): every bit of the hash reaches every bit of the word. */
function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
