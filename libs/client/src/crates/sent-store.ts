/**
 * What the storage keeps of sent messages: `sent/<message>` what does not change, `crate/<crate>` how far each crate
 * has come, and while it is on its way `envelope/<crate>` and `outstanding/<crate>`. A crate's standing is joined with
 * what is stored under the storage's own protection, so several processes can learn of it side by side.
 */
import { HoldfastError } from '@holdfast/protocol';
import { put, remove, type Storage, type StorageChange } from '../storage/storage.js';
import type { CrateStatusView, MessageStatus } from './message-status.js';
import { cratePrefix, outstandingPrefix, sentPrefix } from './outstanding.js';
import {
  atStart,
  isSettled,
  join,
  messageStatus,
  sameStanding,
  shown,
  type Standing,
} from './status-lattice.js';

/** What does not change about a sent crate. Byte strings are base64url. */
export interface SentCrate {
  readonly crate: string;
  readonly message: string;
  /** The identity that it is for. */
  readonly to: string;
  readonly mailbox: string;
  /** NumericDate, seconds. */
  readonly expiresAt: number;
  readonly nonce: string;
  readonly ackHash: string;
  readonly recallSecret: string;
  /** The archives at which the mailbox is collected, as its card says. */
  readonly collectedAt: readonly string[];
}

export interface StoredMessage {
  readonly id: string;
  readonly sentAt: number;
  readonly crates: readonly SentCrate[];
}

/** What is known of a crate. Grows only. */
export interface CrateKnowledge extends Standing {
  /**
   * Every archive that it was sent to, by URL: the archive's id once it has accepted the crate, and until then `''`,
   * for nobody can say whether it holds it.
   */
  readonly places?: Readonly<Record<string, string>>;
  /** The sender wants it back. */
  readonly recall?: true;
}

const envelopePrefix = 'envelope/';

export class SentStore {
  constructor(private readonly storage: Storage) {}

  async keep(message: StoredMessage, envelopes: ReadonlyMap<string, string>): Promise<void> {
    const changes: StorageChange[] = [put(sentPrefix + message.id, JSON.stringify(message))];
    for (const { crate } of message.crates) {
      changes.push(
        put(cratePrefix + crate, JSON.stringify(atStart)),
        put(envelopePrefix + crate, envelopes.get(crate)!),
        put(outstandingPrefix + crate, message.id),
      );
    }
    await this.storage.write(changes);
  }

  /** Rejects with `message-unknown`. */
  async message(id: string): Promise<StoredMessage> {
    const text = await this.storage.get(sentPrefix + id);
    if (text === undefined) throw new HoldfastError('message-unknown', 'No such message was sent from here.');
    return JSON.parse(text) as StoredMessage;
  }

  /** The messages of which crates are still on their way. */
  async outstanding(): Promise<StoredMessage[]> {
    const ids = new Set((await this.storage.list(outstandingPrefix)).map(({ value }) => value));
    return Promise.all([...ids].map((id) => this.message(id)));
  }

  async envelope(crate: string): Promise<string | undefined> {
    return this.storage.get(envelopePrefix + crate);
  }

  async knowledge(crate: string): Promise<CrateKnowledge> {
    return readKnowledge(await this.storage.get(cratePrefix + crate));
  }

  /** Adds news to what is known, and answers what is known then. A settled crate's envelope is let go. */
  async learn(crate: string, news: Partial<CrateKnowledge>): Promise<CrateKnowledge> {
    let known: CrateKnowledge = atStart;
    await this.storage.update([cratePrefix + crate], ([text]) => {
      const before = readKnowledge(text);
      known = combine(before, news);
      // Without an entry the message has been forgotten meanwhile, and stays so.
      if (text === undefined || same(before, known)) return [];
      const settled = isSettled(known)
        ? [remove(envelopePrefix + crate), remove(outstandingPrefix + crate)]
        : [];
      return [put(cratePrefix + crate, JSON.stringify(known)), ...settled];
    });
    return known;
  }

  async status(message: StoredMessage): Promise<MessageStatus> {
    const crates = await Promise.all(
      message.crates.map(async (sent) => viewOf(sent, await this.knowledge(sent.crate))),
    );
    return { id: message.id, status: messageStatus(crates), sentAt: message.sentAt, crates };
  }

  /** Forgets messages whose crates have all expired before the time. */
  async forgetBefore(time: number): Promise<void> {
    for (const { value } of await this.storage.list(sentPrefix)) {
      const { id, crates } = JSON.parse(value) as StoredMessage;
      if (crates.some(({ expiresAt }) => expiresAt >= time)) continue;
      const keys = crates.flatMap(({ crate }) => [
        cratePrefix + crate,
        envelopePrefix + crate,
        outstandingPrefix + crate,
      ]);
      await this.storage.write([sentPrefix + id, ...keys].map(remove));
    }
  }
}

export const viewOf = ({ crate, to, expiresAt }: SentCrate, known: Standing): CrateStatusView => ({
  crate,
  to,
  status: shown(known),
  expiresAt,
});

function combine(before: CrateKnowledge, news: Partial<CrateKnowledge>): CrateKnowledge {
  const places = { ...before.places };
  for (const [url, archive] of Object.entries(news.places ?? {}))
    places[url] = archive || (places[url] ?? '');
  const recall = news.recall ?? before.recall;
  return {
    ...join(before, { ...atStart, ...news }),
    ...(Object.keys(places).length === 0 ? {} : { places }),
    ...(recall === undefined ? {} : { recall }),
  };
}

const same = (before: CrateKnowledge, after: CrateKnowledge): boolean =>
  sameStanding(before, after) &&
  before.recall === after.recall &&
  Object.entries(after.places ?? {}).every(([url, archive]) => before.places?.[url] === archive);

const readKnowledge = (text: string | undefined): CrateKnowledge =>
  text === undefined ? atStart : (JSON.parse(text) as CrateKnowledge);
