/** The searches that are going on: numbered, and so many at a time. */
import type { Contact } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { Place } from '../keys/place.js';
import { dhtLimits } from '../limits.js';
import type { Question } from '../messages/message.js';
import type { SearchOptions } from '../node/dht.js';
import { Search, type SearchParts } from './search.js';

export class Searches {
  #searches: Map<number, Search> | undefined;
  #begun = 0;

  constructor(private readonly parts: SearchParts) {}

  get open(): number {
    return this.#searches?.size ?? 0;
  }

  /** One too many ends at once, with nothing. */
  begin(question: Question, options: SearchOptions): number {
    const searches = (this.#searches ??= new Map<number, Search>());
    const number = ++this.#begun;
    const among = searches.size < dhtLimits.searchesMax ? (options.among ?? everywhere) : [];
    const search = new Search(this.parts, number, question, among, () => searches.delete(number));
    searches.set(number, search);
    search.begin();
    return number;
  }

  cancel(number: number): void {
    this.#searches?.get(number)?.cancel();
  }

  /** For the searches that go on: what is at this place has come from elsewhere. */
  cameOtherwise(place: Place): void {
    for (const search of this.#searches?.values() ?? []) search.cameOtherwise(place);
  }

  hinted(number: number, target: Key, contacts: readonly Contact[]): void {
    this.#searches?.get(number)?.hinted(target, contacts);
  }
}

const everywhere = ['local', 'rings', 'flood'] as const;
