/** Who is to hold a copy: the closest, but not too many of one archive while there are others to choose. */
import type { Contact } from '../contacts/contact.js';
import { compareDistance, type Key } from '../keys/key.js';
import type { DhtSettings } from '../limits.js';

/** All of them: first those that are to hold it, then those that take their places. */
export function inOrderOfChoice(
  closest: readonly Contact[],
  { copiesPerRing, perArchiveInClosest }: DhtSettings,
): Contact[] {
  const chosen: Contact[] = [];
  const others: Contact[] = [];
  for (let i = 0; i < closest.length; i++) {
    const contact = closest[i]!;
    let ofArchive = 0;
    for (let j = 0; j < chosen.length; j++) if (chosen[j]!.archive === contact.archive) ofArchive++;
    if (chosen.length < copiesPerRing && ofArchive < perArchiveInClosest) chosen.push(contact);
    else others.push(contact);
  }
  return others.length === 0 ? chosen : [...chosen, ...others];
}

/** With oneself at its place among them. */
export function withSelf(closest: readonly Contact[], self: Contact, target: Key): Contact[] {
  const place = closest.findIndex((contact) => compareDistance(target, self.id, contact.id) < 0);
  return closest.toSpliced(place === -1 ? closest.length : place, 0, self);
}

/** Who holds what lies at the target, as far as a neighbourhood knows it: the closest first. */
export function holdersAmong(neighbours: readonly Contact[], target: Key, settings: DhtSettings): Contact[] {
  const width = settings.bucketSize;
  const closest: Contact[] = [];
  for (let i = 0; i < neighbours.length; i++) {
    const contact = neighbours[i]!;
    let place = closest.length;
    while (place > 0 && compareDistance(target, contact.id, closest[place - 1]!.id) < 0) place--;
    if (place >= width) continue;
    if (closest.length === width) closest.pop();
    closest.push(contact);
    for (let j = closest.length - 1; j > place; j--) closest[j] = closest[j - 1]!;
    closest[place] = contact;
  }
  const choice = inOrderOfChoice(closest, settings);
  if (choice.length > settings.copiesPerRing) choice.length = settings.copiesPerRing;
  return choice;
}
