/**
 * Those that a node turns to: near a target, or for no target, with a direct link or any. As long as no archive relays for
 * it, nobody is reached but over direct links, so that those that have one come first.
 */
import type { Contact, Sender } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import { compareDistance, type Key } from '../keys/key.js';

export class Neighbours {
  /** As whoever carries messages tells it. */
  #links: Set<string> | undefined;
  /** Servers that have said something over their link, whether they stand in the table or not. */
  #linked: Map<string, Contact> | undefined;
  isRelayed = true;

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
    const links = (this.#links ??= new Set<string>());
    if (isLinked) links.add(id.text);
    else links.delete(id.text);
    this.#linked?.delete(id.text);
  }

  /** Something has come from there. */
  heard({ id, archive, role }: Sender): void {
    if (this.links === 0 || !this.isLinked(id)) return;
    const linked = (this.#linked ??= new Map<string, Contact>());
    if (role === 'observer') linked.delete(id.text);
    else if (!linked.has(id.text)) linked.set(id.text, { id, archive });
  }

  linked(): Contact[] {
    if (this.links === 0) return [];
    const linked = new Map(this.#linked);
    for (const contact of this.table.all()) {
      if (this.isLinked(contact.id)) linked.set(contact.id.text, contact);
    }
    return [...linked.values()];
  }

  /** The nearest first; without a relay those with a link before all others, and then as many more. */
  closest(target: Key, count: number): Contact[] {
    const known = this.table.closest(target, count);
    if (this.isRelayed || this.links === 0) return known;
    const linked = this.linked()
      .sort((a, b) => compareDistance(target, a.id, b.id))
      .slice(0, count);
    return [...linked, ...known.filter(({ id }) => !this.isLinked(id))];
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
