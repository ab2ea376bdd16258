/**
 * How adversaries behave: their nodes join and look things up as everybody's do, so that they stand in tables, but what
 * they answer is meant to make others find nothing. All of them know one another.
 */
import { compareDistance, type Answer, type Request } from '@holdfast/dht';
import { closestOf } from './archive.js';
import type { Client } from './client.js';

export interface Conduct {
  /** The answer to a request, at once; undefined: the node itself takes it. */
  answer(self: Client, request: Request): Answer | undefined;
  joined(self: Client): void;
  ended(self: Client): void;
}

/** Leads every search to its fellows, claims to store and keeps nothing, and swallows floods. */
export class Collusion implements Conduct {
  readonly #fellows: Client[] = [];

  constructor(readonly namedAtOnce: number) {}

  joined(self: Client): void {
    const index = this.#fellows.findIndex(({ id }) => id.head >= self.id.head);
    this.#fellows.splice(index === -1 ? this.#fellows.length : index, 0, self);
  }

  ended(self: Client): void {
    const index = this.#fellows.indexOf(self);
    if (index !== -1) this.#fellows.splice(index, 1);
  }

  answer(self: Client, request: Request): Answer | undefined {
    const { n } = request;
    switch (request.kind) {
      case 'find': {
        const closest = closestOf(this.#fellows, request.target, this.namedAtOnce + 1)
          .filter((fellow) => fellow !== self)
          .sort((a, b) => compareDistance(request.target, a.id, b.id));
        return {
          kind: 'found',
          n,
          contacts: closest.slice(0, this.namedAtOnce).map(({ contact }) => contact),
          items: [],
        };
      }
      case 'store':
        return { kind: 'stored', n };
      case 'digest':
        return { kind: 'same', n, same: true };
      case 'marks':
        return { kind: 'lacking', n, wanted: [], items: [] };
      case 'flood':
        return { kind: 'flooded', n, items: [] };
      default:
        return undefined;
    }
  }
}
