/** The crates part of the client, loaded on demand: sending, statuses, and the inbox. */
import type { ClientEvents } from '../client.js';
import type { Problem } from '../problem.js';
import { checkInboxOptions } from '../client-options.js';
import { secondsOf, type Clock } from '../clock.js';
import { problemOf } from '../errors.js';
import type { Listeners } from '../events.js';
import type { Identity } from '../identity.js';
import { limits } from '../limits.js';
import type { Archives } from '../link/archives.js';
import type { DirectDelivery } from '../overlay/direct/direct-delivery.js';
import { pause } from '../pacing.js';
import type { Publisher } from '../records/publisher.js';
import type { Reader } from '../records/reader.js';
import { Stopper } from '../stopper.js';
import type { Storage } from '../storage/storage.js';
import type { Waiting } from '../waiting.js';
import { Courier } from './sending/courier.js';
import { HandledStore } from './receiving/handled-store.js';
import { Inbox } from './receiving/inbox.js';
import type { InboxHandler, InboxOptions, ReceivedMessage } from './receiving/inbox-contract.js';
import { MessageLoop } from './receiving/message-loop.js';
import type {
  AskedStatus,
  MessageDraft,
  MessageStatus,
  SentMessage,
  WaitableStatus,
} from './status/message-status.js';
import { crateView, messageView, type CrateViewParts } from './sending/message-views.js';
import { MessageSender } from './sending/message-sender.js';
import { Receiving } from './receiving/receiving.js';
import { RecipientCards } from './mailboxes/recipient-cards.js';
import { SentStore, type CrateKnowledge, type SentCrate, type StoredMessage } from './sending/sent-store.js';
import { endedInVain } from './status/status-lattice.js';
import { untilStatus } from './status/status-waiting.js';

export interface CrateServiceParts {
  readonly identity: Identity;
  readonly storage: Storage;
  readonly archives: Archives;
  readonly reader: Reader;
  readonly publisher: Publisher;
  readonly clock: Clock;
  /** Missing where crates go through archives alone. */
  readonly direct: DirectDelivery | undefined;
  readonly patienceMs: number;
  /** Of ClientOptions, with what counts when they do not say. */
  readonly copies: number;
  readonly holders: number;
  readonly statusBy: 'log' | 'id';
  readonly kemRotationDays: number;
  readonly catchUpAfterHours: number;
  readonly listeners: Listeners<ClientEvents>;
}

export class CrateService {
  readonly #store: SentStore;
  readonly #courier: Courier;
  readonly #sender: MessageSender;
  readonly #cards: RecipientCards;
  readonly #closing = new Stopper();
  readonly #inboxes = new Set<Promise<void>>();
  readonly #resumed: Promise<void>;
  #receiving: Promise<Receiving> | undefined;
  #forgetAt = 0;
  #telling: Promise<void> = Promise.resolve();

  constructor(private readonly parts: CrateServiceParts) {
    const { storage, archives, clock, direct, reader, holders, statusBy } = parts;
    this.#store = new SentStore(storage);
    this.#cards = new RecipientCards({ storage, reader, clock });
    this.#courier = new Courier({
      archives,
      clock,
      storage,
      direct,
      holders,
      statusBy,
      store: this.#store,
      report: this.#report,
      takeUp: () => this.#takeUp(),
      moved: (crate, known) => {
        // One after the other, so that the order of the events is the order of the steps.
        this.#telling = this.#telling.then(() => this.#tellOf(crate, known));
      },
    });
    this.#sender = new MessageSender({
      identity: parts.identity,
      clock,
      copies: parts.copies,
      store: this.#store,
      courier: this.#courier,
      receiving: () => this.#receiver(),
      resumed: () => this.#resumed,
    });
    this.#resumed = this.#resume().catch((error: unknown) => this.#reportUnlessClosing(error));
  }

  async openMailbox(waiting: Waiting): Promise<{ readonly mailbox: string }> {
    const { device } = await this.#receiver();
    const { mailbox } = await device.open(waiting);
    return { mailbox };
  }

  async send(draft: MessageDraft, waiting: Waiting): Promise<SentMessage> {
    const message = await this.#sender.send(draft, waiting);
    this.#forgetOld().catch((error: unknown) => this.#reportUnlessClosing(error));
    return this.#view(message);
  }

  /** Seals the message anew for those of whose crates all have ended without delivery. */
  async resend(id: string, waiting: Waiting): Promise<SentMessage> {
    const message = await this.#store.message(id);
    const draft = await this.#store.draft(id);
    await this.#track(message);
    const ended = endedInVain((await this.#view(message)).crates);
    if (draft === undefined || ended.length === 0) return this.#view(message);
    const recipients = [...new Set(ended.map(({ to }) => to))];
    const crates = new Set(ended.map(({ crate }) => crate));
    const after = await this.#sender.sendAgain(message, draft, recipients, crates, waiting);
    await this.#track(after);
    return this.#view(after);
  }

  async status(id: string): Promise<MessageStatus> {
    return this.#view(await this.#store.message(id));
  }

  async askStatus(id: string, { signal }: Waiting): Promise<AskedStatus> {
    const message = await this.#store.message(id);
    await this.#track(message);
    const isFresh = await this.#courier.ask(message.crates, signal);
    return { status: await this.#view(message), isFresh };
  }

  /** Resolves when every crate has been tried at each of its archives that can perhaps be reached now. */
  async tried(): Promise<void> {
    await this.#resumed;
    await this.#courier.tried();
  }

  async waitForStatus(id: string, wanted: WaitableStatus, { signal }: Waiting): Promise<MessageStatus> {
    const message = await this.#store.message(id);
    await this.#track(message);
    const { listeners } = this.parts;
    return untilStatus(id, wanted, () => this.#view(message), { listeners, closing: this.#closing, signal });
  }

  async recall(id: string, waiting: Waiting): Promise<MessageStatus> {
    const message = await this.#store.message(id);
    await this.#track(message);
    await this.#courier.recall(message.crates);
    return this.waitForStatus(id, 'delivered', waiting);
  }

  /** Rejects with `settings-invalid`, and with what `Inbox.run` rejects with. */
  async inbox(handler: InboxHandler, options: InboxOptions): Promise<void> {
    checkInboxOptions(options);
    const { archives, storage, clock, direct, patienceMs } = this.parts;
    const receiving = await this.#receiver();
    const handled = new HandledStore(storage);
    const inbox = new Inbox(
      {
        author: receiving.author,
        mailboxes: receiving.mailboxes,
        addresses: receiving.addresses,
        fellows: (ending) => receiving.fellows(handled, ending),
        handled,
        storage,
        archives,
        clock,
        direct,
        patienceMs,
        report: this.#report,
        closing: this.#closing,
      },
      handler,
      options,
    );
    const running = inbox.run().finally(() => this.#inboxes.delete(running));
    this.#inboxes.add(running);
    return running;
  }

  messages(options: InboxOptions): AsyncIterableIterator<ReceivedMessage> {
    return new MessageLoop((handler, own) => this.inbox(handler, own), options);
  }

  /** Lets a handler that is running end, for a while: what it has done is then written down and acknowledged. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#courier.close();
    const graceOver = new Stopper();
    const handled = Promise.allSettled(this.#inboxes).then(() => graceOver.abort());
    await Promise.race([handled, pause(this.parts.clock, limits.closeGraceMs, graceOver)]);
    await this.#telling;
  }

  /** Takes up what an earlier process has left, and forgets what is long over. */
  async #resume(): Promise<void> {
    await this.#takeUp();
    await this.#forgetOld();
  }

  async #takeUp(): Promise<void> {
    for (const message of await this.#store.outstanding()) await this.#track(message);
  }

  /** At the beginning, and once a day while messages are sent. */
  async #forgetOld(): Promise<void> {
    const now = this.parts.clock.now();
    if (now < this.#forgetAt) return;
    this.#forgetAt = now + limits.forgetEveryMs;
    await this.#store.forgetBefore(secondsOf(this.parts.clock) - limits.messagesKeptSeconds);
  }

  async #track(message: StoredMessage): Promise<void> {
    for (const crate of message.crates) {
      this.#courier.track(crate, await this.#store.knowledge(crate.crate));
    }
    await this.#courier.expire(message.crates);
  }

  async #view(message: StoredMessage): Promise<MessageStatus> {
    const views = message.crates.map(async (sent) =>
      crateView(sent, await this.#store.knowledge(sent.crate), this.#viewParts),
    );
    return messageView(message, await Promise.all(views));
  }

  get #viewParts(): CrateViewParts {
    return {
      links: this.parts.archives.links,
      pendingOf: (crate) => this.#courier.pendingOf(crate),
    };
  }

  #receiver(): Promise<Receiving> {
    this.#receiving ??= this.parts.identity.key().then(
      ({ publicKey: author }) =>
        new Receiving({
          ...this.parts,
          author,
          cards: this.#cards,
          report: this.#report,
          sendCrates: (crates) => this.#sender.sendQuietly(crates),
        }),
    );
    return this.#receiving;
  }

  async #tellOf(crate: SentCrate, known: CrateKnowledge): Promise<void> {
    try {
      const stored = await this.#store.message(crate.message);
      if (stored.isQuiet === true) return;
      const message = await this.#view(stored);
      if (message.status === 'delivered') await this.#store.letDraftGo(message.id);
      this.parts.listeners.emit('status', { message, crate: crateView(crate, known, this.#viewParts) });
    } catch (error) {
      this.#reportUnlessClosing(error);
    }
  }

  readonly #report = (problem: Problem): void => this.parts.listeners.emit('problem', problem);

  #reportUnlessClosing(error: unknown): void {
    if (!this.#closing.aborted) this.#report(problemOf(error));
  }
}
