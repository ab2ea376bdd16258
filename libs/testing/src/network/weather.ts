/**
 * What a path does to the connections on it: whether bytes get through at all, how late and how fast, and after how many
 * of them something goes wrong. TCP hides lost packets, so that loss shows as stalls and as connections that die.
 */
import { seededRandom } from './seeded-random.js';

/** One direction; nothing is limited that is not named. */
export interface Slowness {
  readonly latencyMs?: number;
  readonly bytesPerSecond?: number;
}

export interface Loss {
  /** A connection dies after so many bytes, on average, of both directions together. */
  readonly bytesPerReset?: number;
  /** A direction stands still for `stallMs` after so many bytes, on average. */
  readonly bytesPerStall?: number;
  readonly stallMs?: number;
  /** The same distances for the same seed, in the order in which bytes come. */
  readonly seed: number;
}

/** `reset`: what is open dies, and what comes is turned away. `silent`: all stays open, and nothing comes through. */
export type Cut = 'reset' | 'silent';

export type Mishap = 'reset' | 'stall';

/** How far it is to each mishap, in bytes. One for a whole path: its connections share the bad luck. */
export class Misfortunes {
  readonly stallMs: number;
  readonly #random: () => number;
  readonly #mean: Readonly<Record<Mishap, number>>;
  readonly #left: Record<Mishap, number>;

  constructor({ bytesPerReset = Infinity, bytesPerStall = Infinity, stallMs = defaultStallMs, seed }: Loss) {
    this.stallMs = stallMs;
    this.#random = seededRandom(seed);
    this.#mean = { reset: bytesPerReset, stall: bytesPerStall };
    this.#left = { reset: this.#distance('reset'), stall: this.#distance('stall') };
  }

  /** So many bytes have come: what happens to their connection, a reset before a stall. */
  after(bytes: number): Mishap | undefined {
    let mishap: Mishap | undefined;
    for (const kind of ['stall', 'reset'] as const) {
      this.#left[kind] -= bytes;
      if (this.#left[kind] > 0) continue;
      mishap = kind;
      this.#left[kind] = this.#distance(kind);
    }
    return mishap;
  }

  /** Exponentially distributed, as between events that do not know of each other. */
  #distance(kind: Mishap): number {
    return this.#mean[kind] === Infinity ? Infinity : -Math.log(1 - this.#random()) * this.#mean[kind];
  }
}

const defaultStallMs = 300;
