/** One item that a node holds, and why it is worth holding. */
import type { Contact } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import type { VerifiedItem } from '../node/effect.js';

export class Held {
  /** A copy that was read or left on the way: of no ring's making, and the first to go. */
  isCached: boolean;
  /** The application wants it kept: it does not fade and is not evicted. */
  isPinned = false;
  /** -Infinity when nobody has read it here. */
  readMs = -Infinity;
  untilMs = 0;
  /** A ring's bit is set when it made this node responsible. */
  rings = 0;
  /** Who is known to hold it too, and until when they were told to keep it. */
  told: Key[] | undefined;
  toldUntilMs = 0;

  constructor(
    readonly place: Place,
    readonly item: VerifiedItem,
    isCached: boolean,
  ) {
    this.isCached = isCached;
  }

  get bytes(): number {
    return this.item.item.length;
  }

  isToldTo(contact: Contact): boolean {
    if (this.told !== undefined) {
      for (const id of this.told) if (id.equals(contact.id)) return true;
    }
    return false;
  }
}
