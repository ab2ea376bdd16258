/**
 * This device's public mailbox: its keys, made on first use and kept in the storage, and its card, which is published
 * again when its sealing key or the archives change, or an archive does not hold it any more.
 */
import {
  makeCardBody,
  systemCollections,
  type HoldfastRecord,
  type MailboxCardBody,
} from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import { limits } from '../../limits.js';
import { pause } from '../../pacing.js';
import type { PublishReceipt, RecordDraft } from '../../records/records-contract.js';
import { Stopper } from '../../stopper.js';
import { put, type Storage } from '../../storage/storage.js';
import type { Waiting } from '../../waiting.js';
import type { MailboxKeyStore, OwnMailbox } from './mailbox-keys.js';

export interface CollectedAt {
  readonly main: readonly { readonly url: string; readonly state: { readonly name: string } }[];
  /** The id of the archive at that address, once it is known. */
  idOf(url: string): string | undefined;
  onChange(listener: () => void): () => void;
}

export interface MailboxParts {
  readonly storage: Storage;
  readonly keys: MailboxKeyStore;
  readonly archives: CollectedAt;
  readonly clock: Clock;
  readonly kemRotationSeconds: number;
  readonly sign: (draft: RecordDraft) => Promise<HoldfastRecord>;
  readonly publishSigned: (jws: string, waiting: Waiting) => Promise<PublishReceipt>;
}

interface KeptCard {
  readonly body: MailboxCardBody;
  readonly jws: string;
}

export class Mailbox {
  constructor(
    readonly author: string,
    private readonly parts: MailboxParts,
  ) {}

  /** The mailbox and its keys as they are now, without any archive. */
  own(): Promise<OwnMailbox> {
    return this.parts.keys.open(this.#keysPlace, secondsOf(this.parts.clock));
  }

  /** Whether there has been a card that others may have found. */
  async hasCard(): Promise<boolean> {
    return (await this.parts.storage.get(this.#cardPlace)) !== undefined;
  }

  /** Resolves when an archive holds a card that names this mailbox and the present archives. */
  async open(waiting: Waiting): Promise<OwnMailbox> {
    await this.#archivesMet(waiting);
    // Every time: an archive may be another one than the last time, or have lost what it held, and "known" costs little.
    await this.parts.publishSigned(await this.card(), waiting);
    return this.own();
  }

  /** @returns whether there is a new key, and hence a new card */
  async rotate(): Promise<boolean> {
    const { keys, clock, kemRotationSeconds } = this.parts;
    return (await keys.rotate([this.#keysPlace], secondsOf(clock), kemRotationSeconds)).size > 0;
  }

  /** What a card of one of this device's mailboxes says. */
  async cardBody({ keys }: OwnMailbox): Promise<MailboxCardBody> {
    const { archives } = this.parts;
    const urls = archives.main.map(({ url }) => url);
    const ids = urls.map((url) => archives.idOf(url) ?? null);
    return makeCardBody(keys, this.author, urls, ids.every((id) => id === null) ? undefined : ids);
  }

  /** The signed card: the one that was made last, or a new one when that no longer says what is so. */
  async card(): Promise<string> {
    const { storage, sign } = this.parts;
    const own = await this.own();
    const body = await this.cardBody(own);
    const text = await storage.get(this.#cardPlace);
    const kept = text === undefined ? undefined : (JSON.parse(text) as KeptCard);
    if (kept !== undefined && JSON.stringify(kept.body) === JSON.stringify(body)) return kept.jws;
    const { jws } = await sign({ collection: systemCollections.keys, key: own.mailbox, body });
    await storage.write([put(this.#cardPlace, JSON.stringify({ body, jws }))]);
    return jws;
  }

  /** A card that names the archives' ids says more than one without: worth a moment when they are not known yet. */
  async #archivesMet({ signal }: Waiting): Promise<void> {
    const { archives, clock } = this.parts;
    const until = clock.now() + limits.cardPatienceMs;
    const ending = new Stopper(signal);
    const isAnyMissing = (): boolean =>
      archives.main.some(({ url, state }) => state.name !== 'closed' && archives.idOf(url) === undefined);
    while (isAnyMissing() && clock.now() < until && !ending.aborted) {
      await pause(clock, until - clock.now(), ending, (wake) => archives.onChange(wake));
    }
    ending.release();
  }

  get #keysPlace(): string {
    return `mailbox/${this.author}`;
  }

  get #cardPlace(): string {
    return `own-card/${this.author}`;
  }
}
