/**
 * The contacts closest to a target, exact among those that are held. Buckets are looked at in the order of their
 * distance to the target, so a few comparisons are enough whatever the size of the table.
 */
import { commonPrefix, compareDistance, type Key } from '../keys/key.js';
import type { Contact } from './contact.js';
import type { Slots } from './slots.js';

export interface ClosestOptions {
  /** At most so many of one archive, while there are others to choose. */
  readonly perArchive?: number;
  /** Not this one: whoever asks knows itself. */
  readonly except?: Key;
}

/** The nearest first. Contacts that have failed to answer come in only when there are too few others. */
export function closestOf(
  slots: Slots,
  self: Key,
  target: Key,
  count: number,
  { perArchive = count, except }: ClosestOptions,
): Contact[] {
  const chosen: Contact[] = [];
  if (count === 0) return chosen;
  const passed: Contact[] = [];
  const doubted: Contact[] = [];
  const near: number[] = [];
  const left = except === undefined ? -1 : slots.indexOf(except);

  const take = (from: number, to: number): boolean => {
    near.length = 0;
    // Who is passed over for its archive's sake makes room for one who is farther.
    const max = perArchive < count ? Infinity : count - chosen.length;
    for (let i = from; i < to; i++) {
      if (i === left) continue;
      if (slots.doubts[i] !== 0) doubted.push(slots.contacts[i]!);
      else addByDistance(near, i, max, slots, target);
    }
    for (let i = 0; i < near.length && chosen.length < count; i++) {
      const contact = slots.contacts[near[i]!]!;
      if (perArchive < count && countOf(chosen, contact.archive) >= perArchive) passed.push(contact);
      else chosen.push(contact);
    }
    return chosen.length >= count;
  };

  // Who shares more with the target than we do; then all that are nearer to us; then, bucket by bucket, the others.
  const own = Math.min(commonPrefix(self, target), slots.buckets);
  if (take(slots.start(own), slots.end(own)) || take(slots.end(own), slots.size)) return chosen;
  for (let bucket = own - 1; bucket >= 0; bucket--) {
    if (take(slots.start(bucket), slots.end(bucket))) return chosen;
  }
  if (passed.length === 0 && doubted.length === 0) return chosen;
  for (const others of [passed, doubted]) {
    for (let i = 0; i < others.length && chosen.length < count; i++) chosen.push(others[i]!);
  }
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

function countOf(contacts: readonly Contact[], archive: string): number {
  let count = 0;
  for (let i = 0; i < contacts.length; i++) if (contacts[i]!.archive === archive) count++;
  return count;
}
