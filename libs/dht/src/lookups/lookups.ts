/** Begins lookups with what is known, and is told of none that it was not asked for. */
import type { Contact } from '../contacts/contact.js';
import type { Key } from '../keys/key.js';
import type { NodeContext } from '../node/context.js';
import { Lookup, type LookupTask } from './lookup.js';

export class Lookups {
  constructor(
    private readonly context: NodeContext,
    /** The closest known ones, the closest first. */
    private readonly known: (target: Key, count: number) => readonly Contact[],
  ) {}

  make(task: LookupTask): Lookup {
    return new Lookup(this.context, task);
  }

  begin(lookup: Lookup): void {
    lookup.begin(this.known(lookup.task.target, lookup.task.width));
  }
}
