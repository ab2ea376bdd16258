/** Nodes that know some of each other and flood, for tests: with cycles, and everything that was sent kept. */
import type { Contact } from '../src/contacts/contact.js';
import { Flood } from '../src/flood/flood.js';
import type { DhtSettings } from '../src/limits.js';
import type { Item, Question, Request } from '../src/messages/message.js';
import { PartWorld, type PartNode } from './part-world.js';

export type FloodRequest = Extract<Request, { kind: 'flood' }>;

interface Member {
  readonly node: PartNode;
  readonly flood: Flood;
  readonly held: Item[];
  readonly links: Contact[];
  readonly table: Contact[];
  readonly passed: string[];
}

export class Neighbourhood {
  readonly world: PartWorld;
  readonly members: Member[] = [];

  constructor(seed: number, size: number, settings: Partial<DhtSettings> = {}) {
    this.world = new PartWorld(seed);
    for (let number = 0; number < size; number++) this.members.push(this.#member(number, settings));
  }

  /** Everybody knows some others: there are cycles everywhere. */
  connect(each: number): this {
    const { random } = this.world;
    for (const { table, links } of this.members) {
      for (let i = 0; i < each; i++) {
        const other = this.members[Math.floor(random() * this.members.length)]!.node.self;
        (random() < 0.3 ? links : table).push(other);
      }
    }
    return this;
  }

  /** What the first one is told, once it is told that nothing more comes. */
  ask(question: Question): { readonly items: string[]; readonly done: number } {
    const told = { items: [] as string[], done: 0 };
    this.members[0]!.flood.start(question, {
      found: (found) => told.items.push(...found.map(({ item }) => item)),
      done: () => told.done++,
    });
    this.world.run();
    return told;
  }

  get floods(): { readonly from: Contact; readonly to: Contact; readonly message: FloodRequest }[] {
    return this.world.sent.filter(
      (each): each is typeof each & { message: FloodRequest } => each.message.kind === 'flood',
    );
  }

  #member(number: number, settings: Partial<DhtSettings>): Member {
    const node = this.world.add(number, settings);
    const held: Item[] = [];
    const links: Contact[] = [];
    const table: Contact[] = [];
    const passed: string[] = [];
    const flood = new Flood(node, {
      holdsFor: () => held,
      linked: () => links,
      some: (count) => table.slice(0, count),
      passed: (_question, { item }) => passed.push(item),
    });
    node.onRequest = (from, request) => {
      if (request.kind === 'flood') flood.received(from, request);
    };
    return { node, flood, held, links, table, passed };
  }
}

/** A line of nodes, each knowing only the next. */
export function line(length: number): Neighbourhood {
  const neighbourhood = new Neighbourhood(1, length);
  neighbourhood.members.forEach(({ table }, at) => {
    const next = neighbourhood.members[at + 1];
    if (next !== undefined) table.push(next.node.self);
  });
  return neighbourhood;
}

/** What a flood of the first one finds; it has an end, and only one. */
export function itemsFor(neighbourhood: Neighbourhood, question: Question): string[] {
  const { items, done } = neighbourhood.ask(question);
  if (done !== 1) throw new Error(`The flood has ended ${done} times.`);
  return items;
}
