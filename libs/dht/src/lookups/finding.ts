/** Answers `find`: with the contacts closest to the target, and with what is held at the place. */
import type { Sender } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import { dhtLimits } from '../limits.js';
import type { Item, Request } from '../messages/message.js';
import { thatFit } from '../messages/room.js';
import type { NodeContext } from '../node/context.js';
import type { Neighbours } from '../node/neighbours.js';
import type { ItemStore } from '../store/item-store.js';

export interface FindingParts {
  readonly context: NodeContext;
  readonly table: RoutingTable;
  readonly store: ItemStore;
  readonly neighbours: Neighbours;
}

export class Finding {
  constructor(private readonly parts: FindingParts) {}

  received(from: Sender, { n, target, place }: Extract<Request, { kind: 'find' }>): void {
    const { context, table, store, neighbours } = this.parts;
    const { contactsPerAnswerMax } = dhtLimits;
    const contacts = neighbours.isRelayed
      ? table.closest(target, contactsPerAnswerMax, from.id)
      : neighbours
          .closest(target, contactsPerAnswerMax + 1)
          .filter(({ id }) => !id.equals(from.id))
          .slice(0, contactsPerAnswerMax);
    const held = place === undefined ? [] : store.read(place);
    const items = held.length === 0 ? none : thatFit(held.map(({ item }) => item.item));
    const told =
      neighbours.links === 0
        ? contacts
        : contacts.map((contact) =>
            neighbours.isLinked(contact.id) ? { ...contact, linked: true } : contact,
          );
    context.reply(from, { kind: 'found', n, contacts: told, items });
  }
}

const none: readonly Item[] = [];
