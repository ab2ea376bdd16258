/**
 * Where to write to somebody: the mailbox cards that an identity has published, verified, and kept so that one can
 * write to a known recipient while no archive can be reached.
 */
import {
  compareRevisions,
  HoldfastError,
  limits as wire,
  readCard,
  systemCollections,
  type MailboxCard,
} from '@holdfast/protocol';
import type { Clock } from '../clock.js';
import { limits } from '../limits.js';
import { pause } from '../pacing.js';
import type { Reader } from '../records/reader.js';
import { Stopper, type Stoppable } from '../stopper.js';
import { put, type Storage } from '../storage/storage.js';

export interface RecipientParts {
  readonly storage: Storage;
  readonly reader: Reader;
  readonly clock: Clock;
}

export class RecipientCards {
  readonly #fresh = new Map<string, { readonly until: number; readonly cards: readonly MailboxCard[] }>();

  constructor(private readonly parts: RecipientParts) {}

  /** At least one card. Rejects with `recipient-unreachable`, or why no archive could be asked. */
  async of(author: string, waiting: Stoppable): Promise<readonly MailboxCard[]> {
    const { clock, storage } = this.parts;
    const fresh = this.#fresh.get(author);
    if (fresh !== undefined && fresh.until > clock.now()) return fresh.cards;
    const place = `card/${author}`;
    const text = await storage.get(place);
    const kept = text === undefined ? undefined : (JSON.parse(text) as MailboxCard[]);
    const cards =
      kept === undefined ? await this.#ask(author, waiting) : await this.#askSoon(author, kept, waiting);
    // Our archives may not have the card, or not yet: that they know none does not say that there is none.
    if (cards.length === 0 && kept !== undefined) return kept;
    if (cards.length === 0) {
      throw new HoldfastError(
        'recipient-unreachable',
        'The recipient has published no mailbox that could be found.',
        {
          to: author,
        },
      );
    }
    this.#remember(author, cards);
    await storage.write([put(place, JSON.stringify(cards))]);
    return cards;
  }

  /** What the archives know, or what is kept when they do not say it soon. */
  #askSoon(
    author: string,
    kept: readonly MailboxCard[],
    { signal }: Stoppable,
  ): Promise<readonly MailboxCard[]> {
    const over = new Stopper(signal);
    const late = pause(this.parts.clock, limits.cardPatienceMs, over).then(() => kept);
    const asked = this.#ask(author, { signal: over }).catch(() => kept);
    return Promise.race([asked, late]).finally(over.abort);
  }

  async #ask(author: string, waiting: Stoppable): Promise<readonly MailboxCard[]> {
    const filter = { author, collection: systemCollections.keys, limit: 2 * wire.cardMailboxesMax };
    const cards: MailboxCard[] = [];
    for (const record of await this.parts.reader.queryEvery(filter, waiting)) {
      const card = await readCard(record);
      if (card.ok) cards.push(card.value);
    }
    return newestPerMailbox(cards).slice(0, wire.cardMailboxesMax);
  }

  #remember(author: string, cards: readonly MailboxCard[]): void {
    this.#fresh.delete(author);
    this.#fresh.set(author, { until: this.parts.clock.now() + limits.cardFreshMs, cards });
    if (this.#fresh.size > limits.cardsCachedMax) this.#fresh.delete(this.#fresh.keys().next().value!);
  }
}

/** The head of each mailbox's cards, the newest first: archives may have different revisions. */
function newestPerMailbox(cards: readonly MailboxCard[]): MailboxCard[] {
  const revision = ({ iat, record }: MailboxCard) => ({ iat, id: record });
  const sorted = [...cards].sort((a, b) => compareRevisions(revision(b), revision(a)));
  const mailboxes = new Set<string>();
  return sorted.filter(({ mailbox }) => !mailboxes.has(mailbox) && mailboxes.add(mailbox));
}
