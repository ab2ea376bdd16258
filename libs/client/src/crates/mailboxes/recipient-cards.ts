/**
 * Where to write to somebody: the mailbox cards that an identity has published, verified, and kept so that one can
 * write to a known recipient while no archive can be reached. The key on a kept card is sealed to only with what expires
 * while it certainly exists (spec/conversations.md, "Changing keys").
 */
import {
  compareRevisions,
  HoldfastError,
  limits as wire,
  readCard,
  systemCollections,
  type MailboxCard,
} from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import { limits } from '../../limits.js';
import type { Asking } from '../../link/archive-link.js';
import { pause } from '../../pacing.js';
import type { Reader } from '../../records/reader.js';
import { Stopper, type Stoppable } from '../../stopper.js';
import { put, type Storage } from '../../storage/storage.js';

const hourSeconds = 3600;

export interface RecipientParts {
  readonly storage: Storage;
  readonly reader: Reader;
  readonly clock: Clock;
}

interface LookedUp {
  readonly cards: readonly MailboxCard[];
  /** NumericDate: when an archive last said that these are the newest. */
  readonly at: number;
}

export class RecipientCards {
  readonly #fresh = new Map<string, LookedUp>();

  constructor(private readonly parts: RecipientParts) {}

  /**
   * At least one card.
   * @param expiresAt NumericDate: when what is sealed to them expires
   * @throws `recipient-unreachable`, `card-outdated`, or why no archive could be asked
   */
  async of(author: string, expiresAt: number, waiting: Stoppable): Promise<readonly MailboxCard[]> {
    const now = secondsOf(this.parts.clock);
    const fresh = this.#fresh.get(author);
    if (fresh !== undefined && now < fresh.at + limits.cardFreshSeconds && isGoodFor(fresh, expiresAt)) {
      return fresh.cards;
    }
    const kept = await this.#kept(author);
    if (kept === undefined)
      return this.#remember(author, { cards: await this.#ask(author, waiting), at: now });
    const isGood = isGoodFor(kept, expiresAt);
    const asked = isGood ? await this.#askSoon(author, waiting) : await this.#askAtAll(author, kept, waiting);
    // Our archives may not have the card, or not yet: that they know none does not say that there is none.
    if (asked.length === 0 && isGood) return kept.cards;
    if (asked.length === 0) throw outdated(author, kept, now);
    const found = newerOf(asked, kept, now);
    if (!isGoodFor(found, expiresAt) && found.at === kept.at) throw outdated(author, kept, now);
    return this.#remember(author, found);
  }

  /** What the archives know; nothing when they do not say it soon. */
  #askSoon(author: string, { signal }: Stoppable): Promise<readonly MailboxCard[]> {
    const over = new Stopper(signal);
    const late = pause(this.parts.clock, limits.cardPatienceMs, over).then(() => []);
    const asked = this.#ask(author, { signal: over, isImpatient: true }).catch(() => []);
    return Promise.race([asked, late]).finally(over.abort);
  }

  async #askAtAll(author: string, kept: LookedUp, waiting: Stoppable): Promise<readonly MailboxCard[]> {
    try {
      // A connection that ends in the middle is soon another one.
      return await this.#ask(author, waiting).catch((error: unknown) => {
        if (!(error instanceof HoldfastError) || error.code !== 'archive-unreachable') throw error;
        return this.#ask(author, waiting);
      });
    } catch (error) {
      if (!(error instanceof HoldfastError) || !error.retryable) throw error;
      throw outdated(author, kept, secondsOf(this.parts.clock), error);
    }
  }

  async #ask(author: string, asking: Asking): Promise<readonly MailboxCard[]> {
    const filter = { author, collection: systemCollections.keys, limit: 2 * wire.cardMailboxesMax };
    const cards: MailboxCard[] = [];
    for (const record of await this.parts.reader.queryEvery(filter, asking)) {
      const card = await readCard(record);
      if (card.ok) cards.push(card.value);
    }
    return newestPerMailbox(cards).slice(0, wire.cardMailboxesMax);
  }

  /** Rejects with `recipient-unreachable` when there is none. */
  async #remember(author: string, found: LookedUp): Promise<readonly MailboxCard[]> {
    if (found.cards.length === 0) {
      throw new HoldfastError(
        'recipient-unreachable',
        'The recipient has published no mailbox that could be found.',
        { to: author },
      );
    }
    this.#fresh.delete(author);
    this.#fresh.set(author, found);
    if (this.#fresh.size > limits.cardsCachedMax) this.#fresh.delete(this.#fresh.keys().next().value!);
    await this.parts.storage.write([put(placeOf(author), JSON.stringify(found))]);
    return found.cards;
  }

  async #kept(author: string): Promise<LookedUp | undefined> {
    const text = await this.parts.storage.get(placeOf(author));
    if (text === undefined) return undefined;
    const kept = JSON.parse(text) as LookedUp | readonly MailboxCard[];
    // Kept without a time: nobody knows how old they are.
    return 'cards' in kept ? kept : { cards: kept, at: 0 };
  }
}

const placeOf = (author: string): string => `card/${author}`;

/** Whether the key on them certainly exists until then (spec/conversations.md, "Changing keys"). */
const isGoodFor = ({ at }: LookedUp, expiresAt: number): boolean => expiresAt <= at + limits.cardGoodSeconds;

/** An archive that lags behind may tell an older card of a mailbox than is kept: that says nothing new of it. */
function newerOf(asked: readonly MailboxCard[], kept: LookedUp, now: number): LookedUp {
  const mailboxes = new Set(asked.map(({ mailbox }) => mailbox));
  const known = new Set(asked.map(({ record }) => record));
  const cards = newestPerMailbox([...asked, ...kept.cards.filter(({ mailbox }) => mailboxes.has(mailbox))]);
  return { cards, at: cards.every(({ record }) => known.has(record)) ? now : kept.at };
}

function outdated(to: string, { at }: LookedUp, now: number, cause?: unknown): HoldfastError {
  const expiryHours = Math.floor((at + limits.cardGoodSeconds) / hourSeconds) - Math.ceil(now / hourSeconds);
  return new HoldfastError(
    'card-outdated',
    expiryHours >= 1
      ? `Where to write to is known from too long ago: send what expires within ${expiryHours} hours, or wait for an archive that knows it.`
      : 'Where to write to is known from too long ago: wait for an archive that knows it.',
    { to, lookedUpAt: at, ...(expiryHours >= 1 ? { expiryHours } : {}) },
    { cause },
  );
}

/** The head of each mailbox's cards, the newest first: archives may have different revisions. */
function newestPerMailbox(cards: readonly MailboxCard[]): MailboxCard[] {
  const revision = ({ iat, record }: MailboxCard) => ({ iat, id: record });
  const sorted = [...cards].sort((a, b) => compareRevisions(revision(b), revision(a)));
  const mailboxes = new Set<string>();
  return sorted.filter(({ mailbox }) => !mailboxes.has(mailbox) && mailboxes.add(mailbox));
}
