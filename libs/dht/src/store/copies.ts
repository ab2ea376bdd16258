/** Who is to hold a copy: the closest, but not too many of one archive while there are others to choose. */
import type { Contact } from '../contacts/contact.js';
import { compareDistance, type Key } from '../keys/key.js';
import type { DhtSettings } from '../limits.js';

/** All of them, those that are to hold it first, then those that take their places. */
export function inOrderOfChoice(
  closest: readonly Contact[],
  { copiesPerRing, perArchiveInClosest }: DhtSettings,
): Contact[] {
  const chosen: Contact[] = [];
  const others: Contact[] = [];
  for (const contact of closest) {
    let ofArchive = 0;
    for (const { archive } of chosen) if (archive === contact.archive) ofArchive++;
    const fits = chosen.length < copiesPerRing && ofArchive < perArchiveInClosest;
    (fits ? chosen : others).push(contact);
  }
  return [...chosen, ...others];
}

/** With oneself at its place among them. */
export function withSelf(closest: readonly Contact[], self: Contact, target: Key): Contact[] {
  const place = closest.findIndex((contact) => compareDistance(target, self.id, contact.id) < 0);
  return closest.toSpliced(place === -1 ? closest.length : place, 0, self);
}
