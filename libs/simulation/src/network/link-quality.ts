/** How good the way from one node to another is, and how long a frame takes on it. */
import type { Random } from '../chance/random.js';

export interface LinkQuality {
  /** One way: never less than `min`, and on average `jitterMean` more, exponentially distributed. */
  readonly latencyMs: { readonly min: number; readonly jitterMean: number };
  /** How many frames in one are lost; on an in-order channel each loss costs a repetition, and holds up what follows. */
  readonly lossRate: number;
  readonly bytesPerSecond: number;
}

export const goodLink: LinkQuality = {
  latencyMs: { min: 5, jitterMean: 5 },
  lossRate: 0,
  bytesPerSecond: Infinity,
};

/** The shortest time after which TCP repeats what was not acknowledged; it doubles with each loss (RFC 6298). */
const repetitionMs = 200;
const repetitionsMax = 8;

export function latencyMsOf({ latencyMs }: LinkQuality, random: Random): number {
  return latencyMs.min + (latencyMs.jitterMean > 0 ? random.exponential(latencyMs.jitterMean) : 0);
}

/** From the moment when the frame's last byte has left: its latency, and that of its repetitions. */
export function travelMsOf(quality: LinkQuality, random: Random): number {
  let travelMs = latencyMsOf(quality, random);
  for (let lost = 0; lost < repetitionsMax && random.happens(quality.lossRate); lost++) {
    travelMs += repetitionMs * 2 ** lost;
  }
  return travelMs;
}

export const transferMsOf = ({ bytesPerSecond }: LinkQuality, sizeBytes: number): number =>
  (sizeBytes / bytesPerSecond) * 1000;
