/**
 * Adversaries who all know one another. Each has one manner of its own. Whatever it is, they answer pings, so that they
 * stay in tables, claim to store and keep nothing, and whom they name are their fellows.
 */
import type { Answer, Item, Key, Place, Request } from '@holdfast/dht';
import type { Random } from '../chance/random.js';
import { closestOf } from './archive.js';
import type { Client } from './client.js';
import type { Conduct } from './conduct.js';

/**
 * `leads`: every search to its fellows. `forges`: gives what nobody has signed as well. `silent`: answers nothing that
 * anybody needs. `denies`: says that its direct links are gone.
 */
export type Manner = 'leads' | 'forges' | 'silent' | 'denies';

const manners: readonly Manner[] = ['leads', 'forges', 'silent', 'denies'];
const namedAtOnce = 8;
/** As long as a record. */
const forgedBytes = 1_200;
const forgedSeconds = 3_600;

export class Collusion {
  /** In the order of their ids. */
  readonly #fellows: Client[] = [];
  #forged = 0;

  /** How one more of them behaves: as is said, or as chance will have it. */
  conduct(manner: Manner | Random): Conduct {
    const own = typeof manner === 'string' ? manner : manner.oneOf(manners);
    return {
      handsOn: own === 'denies' ? 'false-gone' : own === 'silent' ? 'nothing' : 'everything',
      answer: (self, request) => this.#answer(self, request, own),
      joined: (self) => this.#joined(self),
      ended: (self) => this.#ended(self),
    };
  }

  /** The fellows that are closest to the target. */
  closest(target: Key, count: number, except: Client): Client[] {
    return closestOf(this.#fellows, target, count + 1)
      .filter((fellow) => fellow !== except)
      .slice(0, count);
  }

  #joined(self: Client): void {
    const index = this.#fellows.findIndex(({ id }) => id.head >= self.id.head);
    this.#fellows.splice(index === -1 ? this.#fellows.length : index, 0, self);
  }

  #ended(self: Client): void {
    const index = this.#fellows.indexOf(self);
    if (index !== -1) this.#fellows.splice(index, 1);
  }

  #answer(self: Client, request: Request, manner: Manner): Answer | 'silence' | undefined {
    const { n, kind } = request;
    if (kind === 'ping' || kind === 'deliver') return undefined;
    if (manner === 'silent') return 'silence';
    const forges = manner === 'forges';
    switch (kind) {
      case 'find': {
        const contacts = this.closest(request.target, namedAtOnce, self).map(({ contact }) => contact);
        const isAsked = request.place !== undefined;
        return { kind: 'found', n, contacts, items: forges && isAsked ? [this.#forge()] : [] };
      }
      case 'store':
        return { kind: 'stored', n };
      case 'digest':
        return { kind: 'same', n, same: !forges };
      case 'marks':
        return { kind: 'lacking', n, wanted: [], items: forges ? this.#gifts(request.marks) : [] };
      case 'flood':
        return { kind: 'flooded', n, items: forges ? [this.#forge()] : [] };
    }
  }

  #gifts(marks: readonly { readonly place: Place }[]) {
    return marks.slice(0, 1).map(({ place }) => ({ place, item: this.#forge(), leftSeconds: forgedSeconds }));
  }

  /** No two are alike, and none is like what the truth of a world has. */
  #forge(): Item {
    return `forged.${this.#forged++}.`.padEnd(forgedBytes, 'F');
  }
}
