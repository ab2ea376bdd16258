/**
 * What has been retracted, as far as this client has read the retractions: such a record is neither taken in from other
 * clients nor answered with. A retraction counts for records of its own author only.
 */
import { systemCollections, type HoldfastRecord } from '@holdfast/protocol';
import { overlayLimits } from '../limits.js';

export class Retractions {
  /** Author and record, in the order in which they became known. */
  readonly #known = new Set<string>();

  learn({ collection, author, refs = [] }: HoldfastRecord): void {
    if (collection !== systemCollections.retractions) return;
    for (const id of refs) this.#known.add(`${author} ${id}`);
    for (const oldest of this.#known) {
      if (this.#known.size <= overlayLimits.retractionsMax) break;
      this.#known.delete(oldest);
    }
  }

  has({ author, id }: Pick<HoldfastRecord, 'author' | 'id'>): boolean {
    return this.#known.has(`${author} ${id}`);
  }
}
