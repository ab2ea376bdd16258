/** Those of the table that a node turns to for no target: with a direct link, as whoever carries messages tells it, or any. */
import type { Contact } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import type { Key } from '../keys/key.js';

export class Neighbours {
  #links: Map<string, Key> | undefined;

  constructor(
    private readonly table: RoutingTable,
    private readonly random: () => number,
  ) {}

  get links(): number {
    return this.#links?.size ?? 0;
  }

  isLinked(id: Key): boolean {
    return this.#links?.has(id.text) ?? false;
  }

  setLinked(id: Key, isLinked: boolean): void {
    const links = (this.#links ??= new Map<string, Key>());
    if (isLinked) links.set(id.text, id);
    else links.delete(id.text);
  }

  linked(): Contact[] {
    return this.links === 0 ? [] : this.table.all().filter(({ id }) => this.isLinked(id));
  }

  /** At random, none twice. */
  some(count: number): Contact[] {
    const all = this.table.all();
    if (all.length <= count) return [...all];
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(Math.floor(this.random() * all.length));
    return Array.from(chosen, (index) => all[index]!);
  }
}
