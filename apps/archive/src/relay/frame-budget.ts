/**
 * What one node may have carried: frames and bytes a second, frames of floods a minute. What is over it is dropped, and
 * its sender hears so once for each while that it has to wait, of frames, bytes and floods each.
 */
import { limits } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import {
  enoughAt,
  fullBucket,
  refill,
  type Bucket,
  type BucketBounds,
} from '../platform/rates/token-bucket.js';

export const relayQuotas = ['relay-frames', 'relay-bytes', 'relay-floods'] as const;
export type RelayQuota = (typeof relayQuotas)[number];

export interface FrameRates {
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly floodsPerMinute: number;
}

export interface Excess {
  readonly quota: RelayQuota;
  /** When there is room again. */
  readonly untilMs: number;
  /** The sender knows already that it has to wait. */
  readonly isTold: boolean;
}

export type FrameBounds = { readonly [Quota in RelayQuota]: BucketBounds };

export function boundsOf({ framesPerSecond, bytesPerSecond, floodsPerMinute }: FrameRates): FrameBounds {
  const { relayBurstSeconds } = archiveLimits;
  const bytesBurst = Math.max(bytesPerSecond * relayBurstSeconds, limits.nodeFrameBytesMax);
  return {
    'relay-frames': { perMinute: framesPerSecond * 60, burst: framesPerSecond * relayBurstSeconds },
    'relay-bytes': { perMinute: bytesPerSecond * 60, burst: bytesBurst },
    'relay-floods': { perMinute: floodsPerMinute, burst: floodsPerMinute },
  };
}

export class FrameBudget {
  private readonly buckets: Readonly<Record<RelayQuota, Bucket>>;
  private readonly toldUntilMs: Partial<Record<RelayQuota, number>> = {};

  constructor(
    private readonly bounds: FrameBounds,
    nowMs: number,
  ) {
    this.buckets = {
      'relay-frames': fullBucket(bounds['relay-frames'], nowMs),
      'relay-bytes': fullBucket(bounds['relay-bytes'], nowMs),
      'relay-floods': fullBucket(bounds['relay-floods'], nowMs),
    };
  }

  /** Takes nothing when it is over. */
  take(bytes: number, isFlood: boolean, nowMs: number): Excess | undefined {
    const wanted: Readonly<Record<RelayQuota, number>> = {
      'relay-frames': 1,
      'relay-bytes': bytes,
      'relay-floods': Number(isFlood),
    };
    for (const quota of relayQuotas) {
      refill(this.buckets[quota], this.bounds[quota], nowMs);
      const untilMs = enoughAt(this.buckets[quota], this.bounds[quota], wanted[quota], nowMs);
      if (untilMs !== undefined) return this.exceeded(quota, untilMs, nowMs);
    }
    for (const quota of relayQuotas) this.buckets[quota].tokens -= wanted[quota];
    return undefined;
  }

  isFull(nowMs: number): boolean {
    return relayQuotas.every((quota) => {
      const [bucket, bounds] = [this.buckets[quota], this.bounds[quota]];
      refill(bucket, bounds, nowMs);
      return bounds.perMinute === 0 || bucket.tokens >= bounds.burst;
    });
  }

  private exceeded(quota: RelayQuota, untilMs: number, nowMs: number): Excess {
    const isTold = nowMs < (this.toldUntilMs[quota] ?? -Infinity);
    // At least a second: a frame names whole seconds.
    if (!isTold) this.toldUntilMs[quota] = Math.max(untilMs, nowMs + 1000);
    return { quota, untilMs, isTold };
  }
}
