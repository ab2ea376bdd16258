/** Tells whoever carries the messages which direct links are worth having, from time to time. */
import type { Contact } from '../contacts/contact.js';
import type { RoutingTable } from '../contacts/routing-table.js';
import type { Key } from '../keys/key.js';
import { dhtLimits } from '../limits.js';
import { LinkChoice, type LinkWishes } from '../paths/link-choice.js';
import type { NodeContext } from './context.js';

/** So many turns pass before the first choice. */
const firstTurns = 2;

export class Linking {
  #choice: LinkChoice | undefined;
  #isSoon = false;

  constructor(
    private readonly context: NodeContext,
    private readonly table: RoutingTable,
  ) {}

  /** From now on, for as long as the node lives; never when no links are wanted. */
  begin(): void {
    const { context } = this;
    const { settings } = context;
    if (settings.linksWanted === 0) return;
    this.#choice = new LinkChoice({
      linksMax: settings.linksMax,
      // What a link costs to make is much for one that only asks, and nobody's way leads over it.
      get linksWanted() {
        return context.role === 'observer' ? Math.ceil(settings.linksWanted / 2) : settings.linksWanted;
      },
    });
    // By then it has seen whether contacts stay.
    this.#later(firstTurns);
  }

  /** Who is spoken with again and again is not kept waiting for the next turn. */
  used(contact: Contact): void {
    const { context } = this;
    this.#choice?.used(contact, context.nowMs);
    if (this.#choice === undefined || this.#isSoon) return;
    this.#isSoon = true;
    context.after(dhtLimits.linkFrequentMs, () => {
      this.#isSoon = false;
      this.#ask(this.#choice!.choose([], context.nowMs));
    });
  }

  linked(id: Key, isLinked: boolean): void {
    this.#choice?.linked(id, isLinked, this.context.nowMs);
  }

  #later(turns = 1): void {
    const { context } = this;
    context.after(turns * context.settings.checkMs * (0.75 + 0.5 * context.random()), () => {
      this.#choose();
      this.#later();
    });
  }

  #choose(): void {
    const { context, table } = this;
    // A link takes seconds to make and four messages of the largest kind: it is for contacts that stay.
    if (table.lifetimes.areShorterThan(dhtLimits.lifetimeShortMs)) return;
    const wishes = this.#choice!.choose(
      table.siblings(),
      context.nowMs,
      table.longestKnown(context.settings.linksWanted),
    );
    this.#ask(wishes);
    for (const to of wishes.unlink) context.effect({ do: 'unlink', to });
  }

  #ask({ link }: LinkWishes): void {
    for (const { to, why } of link) this.context.effect({ do: 'link', to, why });
  }
}
