/**
 * What a node does for others between its own direct links, and nowhere else (spec/dht.md, "Paths"): it hands a frame on
 * along the way that its sender has chosen, if that way is short, leads nobody in a circle and there is a link to the
 * next one; else it says so, back the way that the frame came. Frames and bytes are bounded, for all and for each link.
 */
import type { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import { TokenBuckets } from '../load/token-buckets.js';
import type { ForwardPacket, GonePacket } from './packet.js';

export type Forwarded =
  | { readonly do: 'send'; readonly to: Key; readonly packet: ForwardPacket | GonePacket }
  /** It is for this node. `route`: whom it has passed, its sender first, the one that has handed it over last. */
  | { readonly do: 'arrived'; readonly route: readonly Key[]; readonly frame: Uint8Array }
  /** Word for this node, of a frame of its own. */
  | { readonly do: 'gone'; readonly id: Key; readonly by: Key }
  | { readonly do: 'drop'; readonly why: 'too-long' | 'circle' | 'limit' | 'no-link' };

const everybody = 'everybody';
const { forwardShareMax, forwardsPerSecondMax, forwardsBurstMax } = dhtLimits;
const { forwardBytesPerSecondMax, forwardBytesBurstMax } = dhtLimits;

export class Forwarding {
  readonly #frames = allowance(1, forwardsPerSecondMax, forwardsBurstMax);
  readonly #framesEach = allowance(forwardShareMax, forwardsPerSecondMax, forwardsBurstMax);
  readonly #bytes = allowance(1, forwardBytesPerSecondMax, forwardBytesBurstMax);
  readonly #bytesEach = allowance(forwardShareMax, forwardBytesPerSecondMax, forwardBytesBurstMax);

  constructor(
    private readonly self: Key,
    private readonly isLinked: (id: Key) => boolean,
  ) {}

  /** @param from who is at the other end of the link on which it came */
  received(from: Key, packet: ForwardPacket | GonePacket, nowMs: number): Forwarded {
    return packet.kind === 'forward' ? this.#forward(from, packet, nowMs) : this.#gone(from, packet, nowMs);
  }

  #forward(from: Key, { path, route, frame }: ForwardPacket, nowMs: number): Forwarded {
    const passed = [...route, from];
    if (passed.length + path.length > dhtLimits.hopsMax) return { do: 'drop', why: 'too-long' };
    if (!areDifferent([...passed, this.self, ...path])) return { do: 'drop', why: 'circle' };
    const [next, ...rest] = path;
    if (next === undefined) return { do: 'arrived', route: passed, frame };
    if (!this.#mayForward(from, frame.length, nowMs)) return { do: 'drop', why: 'limit' };
    if (this.isLinked(next)) {
      return { do: 'send', to: next, packet: { kind: 'forward', path: rest, route: passed, frame } };
    }
    return {
      do: 'send',
      to: from,
      packet: { kind: 'gone', id: next, by: this.self, path: route.toReversed() },
    };
  }

  #gone(from: Key, { id, by, path }: GonePacket, nowMs: number): Forwarded {
    if (path.length + 2 > dhtLimits.hopsMax) return { do: 'drop', why: 'too-long' };
    if (!areDifferent([from, this.self, ...path])) return { do: 'drop', why: 'circle' };
    const [next, ...rest] = path;
    if (next === undefined) return { do: 'gone', id, by };
    if (!this.isLinked(next)) return { do: 'drop', why: 'no-link' };
    if (!this.#mayForward(from, 0, nowMs)) return { do: 'drop', why: 'limit' };
    return { do: 'send', to: next, packet: { kind: 'gone', id, by, path: rest } };
  }

  /** What one link has left is taken first: who has used up its own share takes nothing from the others. */
  #mayForward(from: Key, bytes: number, nowMs: number): boolean {
    const hasLeft =
      this.#framesEach.level(from.text, nowMs) >= 1 &&
      this.#bytesEach.level(from.text, nowMs) >= bytes &&
      this.#frames.level(everybody, nowMs) >= 1 &&
      this.#bytes.level(everybody, nowMs) >= bytes;
    if (!hasLeft) return false;
    this.#framesEach.take(from.text, 1, nowMs);
    this.#bytesEach.take(from.text, bytes, nowMs);
    this.#frames.take(everybody, 1, nowMs);
    this.#bytes.take(everybody, bytes, nowMs);
    return true;
  }
}

const allowance = (share: number, perSecond: number, burst: number): TokenBuckets =>
  new TokenBuckets({ perSecond: perSecond * share, burst: burst * share }, dhtLimits.loadContactsMax);

const areDifferent = (ids: readonly Key[]): boolean =>
  new Set(ids.map(({ text }) => text)).size === ids.length;
