/**
 * The contacts closest to a target, exact among those that are held. Buckets are looked at in the order of their
 * distance to the target, so a few comparisons are enough whatever the size of the table.
 */
import { commonPrefix, compareDistance, type Key } from '../keys/key.js';
import type { Contact } from './contact.js';
import type { Slots } from './slots.js';

/**
 * The nearest first. Contacts that have failed to answer come in only when there are too few others.
 * @param except not this one: whoever asks knows itself
 */
export function closestOf(slots: Slots, self: Key, target: Key, count: number, except?: Key): Contact[] {
  const chosen: Contact[] = [];
  if (count === 0) return chosen;
  const doubted: Contact[] = [];
  const near: number[] = [];
  const left = except === undefined ? -1 : slots.indexOf(except);

  const take = (from: number, to: number): boolean => {
    near.length = 0;
    const max = count - chosen.length;
    for (let i = from; i < to; i++) {
      if (i === left) continue;
      if (slots.doubts[i] !== 0) doubted.push(slots.contacts[i]!);
      else addByDistance(near, i, max, slots, target);
    }
    for (let i = 0; i < near.length; i++) chosen.push(slots.contacts[near[i]!]!);
    return chosen.length >= count;
  };

  // Who shares more with the target than we do; then all that are nearer to us; then, bucket by bucket, the others.
  const own = Math.min(commonPrefix(self, target), slots.buckets);
  if (take(slots.start(own), slots.end(own)) || take(slots.end(own), slots.size)) return chosen;
  for (let bucket = own - 1; bucket >= 0; bucket--) {
    if (take(slots.start(bucket), slots.end(bucket))) return chosen;
  }
  if (doubted.length === 0) return chosen;
  for (let i = 0; i < doubted.length && chosen.length < count; i++) chosen.push(doubted[i]!);
  return chosen.sort((a, b) => compareDistance(target, a.id, b.id));
}

/** Keeps at most so many: nearly all of a large table are farther than those, which one comparison tells. */
function addByDistance(near: number[], index: number, max: number, slots: Slots, target: Key): void {
  if (near.length >= max) {
    if (slots.compareHeld(target, index, near[near.length - 1]!) > 0) return;
    near.pop();
  }
  let at = near.push(index) - 1;
  while (at > 0 && slots.compareHeld(target, index, near[at - 1]!) < 0) {
    near[at] = near[at - 1]!;
    at--;
  }
  near[at] = index;
}
