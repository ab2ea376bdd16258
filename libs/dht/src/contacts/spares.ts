/**
 * The replacement caches of all buckets: contacts that have answered while there was no room for them, the newest last.
 * One archive's never fill a cache while others have answered too.
 */
import { commonPrefix, type Key } from '../keys/key.js';
import type { Contact } from './contact.js';
import { removeFrom } from './slots.js';

export class Spares {
  readonly contacts: Contact[] = [];

  constructor(
    private readonly self: Key,
    private readonly perBucketMax: number,
    private readonly perArchiveMax: number,
  ) {}

  add(contact: Contact): void {
    this.remove(contact.id);
    this.contacts.push(contact);
    const bucket = commonPrefix(this.self, contact.id);
    let count = 0;
    let ofArchive = 0;
    let oldest = -1;
    let oldestOfArchive = -1;
    for (let i = this.contacts.length - 1; i >= 0; i--) {
      const other = this.contacts[i]!;
      if (commonPrefix(this.self, other.id) !== bucket) continue;
      count++;
      oldest = i;
      if (other.archive !== contact.archive) continue;
      ofArchive++;
      oldestOfArchive = i;
    }
    if (count <= this.perBucketMax) return;
    removeFrom(this.contacts, ofArchive > this.perArchiveMax ? oldestOfArchive : oldest);
  }

  remove(id: Key): boolean {
    for (let i = 0; i < this.contacts.length; i++) {
      if (!this.contacts[i]!.id.equals(id)) continue;
      removeFrom(this.contacts, i);
      return true;
    }
    return false;
  }
}
