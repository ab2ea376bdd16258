/** One item that a node holds, and why it is worth holding. */
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { ringTarget } from '../keys/ring-target.js';
import { dhtLimits } from '../limits.js';
import type { VerifiedItem } from '../node/effect.js';

export class Held {
  /** The application wants it kept: it does not fade and is not evicted. */
  isPinned = false;
  /** -Infinity when nobody has read it here. */
  readMs = -Infinity;
  untilMs = 0;
  /** A ring's bit is set when it made this node responsible. */
  rings = 0;
  /** When it is made sure again that others hold it too. */
  refreshAtMs = 0;
  /** Until when those that were told of it keep it at least. */
  toldUntilMs = 0;
  #told: Key[] | undefined;
  #targets: Key[] | undefined;

  /** @param isCached a copy that was read or left on the way: of no ring's making, and the first to go */
  constructor(
    readonly place: Place,
    readonly item: VerifiedItem,
    public isCached: boolean,
  ) {}

  get bytes(): number {
    return this.item.item.length;
  }

  target(ring: number): Key {
    const targets = (this.#targets ??= []);
    while (targets.length <= ring) targets.push(ringTarget(this.place, targets.length));
    return targets[ring]!;
  }

  leftMs(nowMs: number, ttlMs: number): number {
    return Math.min(ttlMs, this.untilMs - nowMs);
  }

  /** Whether a node is known to hold it, or not to want it. */
  isTold(id: Key): boolean {
    const told = this.#told;
    if (told === undefined) return false;
    for (let i = 0; i < told.length; i++) if (told[i]!.equals(id)) return true;
    return false;
  }

  tell(id: Key): void {
    if (this.isTold(id)) return;
    const told = (this.#told ??= []);
    if (told.length >= dhtLimits.toldMax) told.shift();
    told.push(id);
  }

  /** Its time was extended by much: the others do not know it yet. */
  tellAnew(): void {
    this.#told = undefined;
  }
}
