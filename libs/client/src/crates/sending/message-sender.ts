/**
 * Seals what is sent, keeps it, and gives it to the courier: messages of the user's, the same again after they have
 * expired, and what clients tell each other. Nothing leaves before it is in the storage.
 */
import { encodeBase64url, HoldfastError } from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import { abortedError } from '../../errors.js';
import type { Identity } from '../../identity.js';
import { limits } from '../../limits.js';
import type { Waiting } from '../../waiting.js';
import type { DeviceAddress } from '../mailboxes/contact-addresses.js';
import type { Courier } from './courier.js';
import type { OutgoingCrate } from '../fellows/fellow-post.js';
import type { MessageDraft } from '../status/message-status.js';
import type { Receiving } from '../receiving/receiving.js';
import {
  copiesOf,
  newMessageId,
  recipientsOf,
  sealMessage,
  sentCrate,
  type MessageToSeal,
  type SealedCrates,
} from './sending.js';
import type { KeptDraft, SentStore, StoredMessage } from './sent-store.js';
import { atStart } from '../status/status-lattice.js';

export interface MessageSenderParts {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly store: SentStore;
  readonly courier: Courier;
  /** W, when a message does not say. */
  readonly copies: number;
  readonly receiving: () => Promise<Receiving>;
  /** Resolves when everything that an earlier process has left is with the courier. */
  readonly resumed: () => Promise<void>;
}

export class MessageSender {
  constructor(private readonly parts: MessageSenderParts) {}

  async send(draft: MessageDraft, waiting: Waiting): Promise<StoredMessage> {
    const { store, courier, clock } = this.parts;
    const recipients = recipientsOf(draft);
    const kept = { ...draft, recipients, copies: copiesOf(draft, this.parts.copies) };
    const addresses = await this.#addressesOf(recipients, kept, waiting);
    const sentAt = secondsOf(clock);
    const id = newMessageId();
    const { crates, envelopes } = await this.#seal({ ...kept, id, sentAt }, addresses);
    if (waiting.signal?.aborted) throw abortedError();
    const message = { id, sentAt, crates };
    await store.keep(message, envelopes, kept);
    for (const crate of crates) courier.track(crate, atStart);
    return message;
  }

  /**
   * Seals a message anew for these recipients, under its id, in place of the crates that have ended.
   * @param ended ids of those crates
   */
  async sendAgain(
    message: StoredMessage,
    draft: KeptDraft,
    recipients: readonly string[],
    ended: ReadonlySet<string>,
    waiting: Waiting,
  ): Promise<StoredMessage> {
    const { id, sentAt } = message;
    const addresses = await this.#addressesOf(recipients, draft, waiting);
    const copies = copiesOf({ ...draft, to: recipients }, this.parts.copies);
    const { crates, envelopes } = await this.#seal({ ...draft, id, sentAt, copies }, addresses);
    if (waiting.signal?.aborted) throw abortedError();
    return this.parts.store.replace(id, ended, crates, envelopes);
  }

  /** Keeps crates that are no messages of the user's, and takes care of them like of all others. */
  async sendQuietly(outgoing: readonly OutgoingCrate[]): Promise<void> {
    const { store, courier, clock, copies } = this.parts;
    await this.#requireRoom(outgoing.length);
    for (const { address, sealed } of outgoing) {
      const sentAt = secondsOf(clock);
      const sent = sentCrate(sealed.crate, address, sealed, { copies, sealedAt: sentAt });
      const message: StoredMessage = { id: sealed.crate, sentAt, crates: [sent], isQuiet: true };
      await store.keep(message, new Map([[sealed.crate, encodeBase64url(sealed.envelope)]]));
      courier.track(sent, atStart);
    }
  }

  async #seal(
    message: Omit<MessageToSeal, 'reply'>,
    addresses: readonly DeviceAddress[],
  ): Promise<SealedCrates> {
    const { identity, clock, receiving } = this.parts;
    const reply = await (await receiving()).replyTo(message.recipients);
    return sealMessage({ ...message, reply }, addresses, await identity.key(), secondsOf(clock));
  }

  async #addressesOf(
    to: readonly string[],
    { recipients, expiryHours = limits.expiryHoursDefault }: Pick<KeptDraft, 'recipients' | 'expiryHours'>,
    waiting: Waiting,
  ): Promise<readonly DeviceAddress[]> {
    await this.parts.identity.key();
    const receiving = await this.parts.receiving();
    const addresses = await receiving.addressesFor(to, recipients, expiryHours, waiting);
    await this.#requireRoom(addresses.length);
    return addresses;
  }

  async #requireRoom(crates: number): Promise<void> {
    await this.parts.resumed();
    if (this.parts.courier.size + crates <= limits.outboxEntriesMax) return;
    throw new HoldfastError('outbox-full', `${limits.outboxEntriesMax} crates are on their way already.`);
  }
}
