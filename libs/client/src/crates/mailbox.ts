/**
 * This identity's mailbox: its keys, made on first use and kept in the storage, and its card, which is published again
 * when the archives change or an archive does not hold it any more.
 */
import {
  makeCardBody,
  signingKeyFromJwk,
  systemCollections,
  type HoldfastRecord,
  type MailboxCardBody,
  type MailboxKeys,
  type SigningKey,
} from '@holdfast/protocol';
import type { PublishReceipt, RecordDraft } from '../records/records-contract.js';
import { put, type Storage } from '../storage/storage.js';
import type { Waiting } from '../waiting.js';

export interface OwnMailbox {
  readonly mailbox: string;
  readonly keys: MailboxKeys;
  readonly signing: SigningKey;
}

export interface MailboxParts {
  readonly storage: Storage;
  readonly archives: { readonly main: readonly { readonly url: string }[] };
  readonly sign: (draft: RecordDraft) => Promise<HoldfastRecord>;
  readonly publishSigned: (jws: string, waiting: Waiting) => Promise<PublishReceipt>;
}

interface KeptCard {
  readonly body: MailboxCardBody;
  readonly jws: string;
}

export class Mailbox {
  #own: Promise<OwnMailbox> | undefined;

  constructor(
    private readonly author: string,
    private readonly parts: MailboxParts,
  ) {}

  /** The mailbox and its keys, without any archive. */
  own(): Promise<OwnMailbox> {
    this.#own ??= this.#load().catch((error: unknown) => {
      this.#own = undefined;
      throw error;
    });
    return this.#own;
  }

  /** Resolves when an archive holds a card that names this mailbox and the present archives. */
  async open(waiting: Waiting): Promise<OwnMailbox> {
    const own = await this.own();
    // Every time: an archive may be another one than the last time, or have lost what it held, and "known" costs little.
    await this.parts.publishSigned(await this.card(), waiting);
    return own;
  }

  /** The signed card, for an archive that may not hold it. */
  async card(): Promise<string> {
    return (await this.#card()).jws;
  }

  /** The card that was made last, or a new one when it no longer says what is so. */
  async #card(): Promise<KeptCard> {
    const { keys, mailbox } = await this.own();
    const urls = this.parts.archives.main.map(({ url }) => url);
    const body = await makeCardBody(keys, this.author, urls);
    const text = await this.parts.storage.get(this.#cardPlace);
    const kept = text === undefined ? undefined : (JSON.parse(text) as KeptCard);
    if (kept !== undefined && JSON.stringify(kept.body) === JSON.stringify(body)) return kept;
    const { jws } = await this.parts.sign({ collection: systemCollections.keys, key: mailbox, body });
    const card = { body, jws };
    await this.parts.storage.write([put(this.#cardPlace, JSON.stringify(card))]);
    return card;
  }

  get #cardPlace(): string {
    return `own-card/${this.author}`;
  }

  async #load(): Promise<OwnMailbox> {
    const place = `mailbox/${this.author}`;
    let text = await this.parts.storage.get(place);
    if (text === undefined) {
      const { generateMailboxKeys } = await import('@holdfast/protocol/sealing');
      const made = JSON.stringify(await generateMailboxKeys());
      // Another process may have made them meanwhile: the first ones stay.
      await this.parts.storage.update([place], ([other]) => {
        text = other ?? made;
        return other === undefined ? [put(place, made)] : [];
      });
    }
    const keys = JSON.parse(text!) as MailboxKeys;
    return { mailbox: keys.signing.x, keys, signing: await signingKeyFromJwk(keys.signing) };
  }
}
