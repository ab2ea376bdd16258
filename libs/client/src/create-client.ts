/** Puts the parts of the client together. The parts for crates are loaded when they are first needed. */
import {
  checkFilter,
  followFilterSchema,
  valueOf,
  type FollowFilter,
  type QueryFilter,
} from '@holdfast/protocol/core';
import { openSocket } from '#open-socket';
import type { ArchiveConnection, Client, ClientEvents, ClientOptions } from './client.js';
import type { Problem } from './problem.js';
import { checkOptions } from './client-options.js';
import { systemClock, type Clock } from './clock.js';
import type { InboxHandler, InboxOptions, ReceivedMessage } from './crates/receiving/inbox-contract.js';
import type {
  AskedStatus,
  MessageDraft,
  MessageStatus,
  SentMessage,
  StatusChange,
  WaitableStatus,
} from './crates/status/message-status.js';
import { statusChanges } from './crates/status/status-changes.js';
import { closedError, problemOf } from './errors.js';
import { Listeners } from './events.js';
import { LateIterator } from './late-iterator.js';
import type { OverlayStatus } from './overlay/overlay-contract.js';
import { Identity } from './identity.js';
import { limits } from './limits.js';
import { Archives, parseAddresses } from './link/archives.js';
import { KnownArchives } from './link/known-archives.js';
import { PartsOnDemand } from './parts-on-demand.js';
import { FollowStore } from './records/follow-store.js';
import { Publisher } from './records/publisher.js';
import { Reader } from './records/reader.js';
import { RecordCache } from './records/record-cache.js';
import { MergedFollow } from './records/record-follow.js';
import { RecordIntake } from './records/record-intake.js';
import { RecordOutbox } from './records/record-outbox.js';
import type {
  FollowOptions,
  FoundRecord,
  GetOptions,
  PublishItem,
  PublishManyOptions,
  PublishReceipt,
  PublishSummary,
  RecordDraft,
  RecordFollow,
  RecordPage,
} from './records/records-contract.js';
import { Stopper } from './stopper.js';
import { waitFor, type Waiting } from './waiting.js';

/**
 * Makes a client and begins to connect to its archives. The storage belongs to the client from then on: `close` closes
 * it. Throws `settings-invalid` for addresses that are none, and without a storage; an identity that is no key shows
 * when it is first needed.
 */
export function createClient(options: ClientOptions): Client {
  checkOptions(options);
  return new HoldfastClient(options);
}

class HoldfastClient implements Client {
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #identity: Identity;
  readonly #archives: Archives;
  readonly #intake: RecordIntake;
  readonly #outbox: RecordOutbox;
  readonly #publisher: Publisher;
  readonly #reader: Reader;
  readonly #listeners = new Listeners<ClientEvents>();
  readonly #closing = new Stopper();
  readonly #follows = new Set<MergedFollow>();
  readonly #parts: PartsOnDemand;
  #closed: Promise<void> | undefined;

  constructor(options: ClientOptions) {
    const { storage } = options;
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    this.#options = options;
    this.#identity = new Identity(options.identity);
    const report = (problem: Problem): void => this.#listeners.emit('problem', problem);
    const addresses = parseAddresses(options.archives);
    const known = new KnownArchives(storage, (error) => report(problemOf(error)));
    this.#archives = new Archives(
      addresses,
      known,
      { openSocket: options.openSocket ?? openSocket, clock },
      { state: (link) => this.#listeners.emit('connection', connectionOf(link)), problem: report },
      {
        requestTimeoutMs: options.requestTimeoutMs ?? limits.requestTimeoutMs,
        patienceMs: options.patienceMs ?? limits.patienceMs,
      },
    );
    const archives = this.#archives;
    const cache = new RecordCache(limits.recordsCachedBytesMax);
    const closing = this.#closing;
    this.#intake = new RecordIntake(cache, clock, report);
    this.#outbox = new RecordOutbox({ storage, archives, clock, report });
    const overlay = (): PartsOnDemand['overlay'] => this.#parts.overlay;
    this.#reader = new Reader({
      archives,
      cache,
      outbox: this.#outbox,
      intake: this.#intake,
      clock,
      overlay,
    });
    this.#publisher = new Publisher({
      identity: this.#identity,
      storage,
      outbox: this.#outbox,
      cache,
      clock,
      closing,
      overlay,
    });
    this.#parts = new PartsOnDemand({
      options,
      identity: this.#identity,
      archives,
      reader: () => this.#reader,
      publisher: () => this.#publisher,
      outbox: this.#outbox,
      cache,
      clock,
      listeners: this.#listeners,
    });
    void known.load(addresses).then(() => archives.start());
  }

  get author(): string | undefined {
    return this.#identity.author;
  }

  get archives(): readonly ArchiveConnection[] {
    return this.#archives.links.map(connectionOf);
  }

  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    return this.#listeners.on(name, listener);
  }

  async overlay(): Promise<OverlayStatus> {
    return (await this.#parts.overlay)?.status ?? (await import('./overlay/overlay-contract.js')).noOverlay;
  }

  async connected(waiting: Waiting = {}): Promise<ArchiveConnection> {
    return connectionOf(await this.#archives.whenOpen(waiting));
  }

  async publish(draft: RecordDraft, waiting: Waiting = {}): Promise<PublishReceipt> {
    this.#checkOpen();
    return this.#publisher.publish(draft, waiting);
  }

  async publishSigned(jws: string, waiting: Waiting = {}): Promise<PublishReceipt> {
    this.#checkOpen();
    return this.#publisher.publishSigned(jws, waiting);
  }

  async publishMany(
    items: Iterable<PublishItem> | AsyncIterable<PublishItem>,
    options: PublishManyOptions = {},
  ): Promise<PublishSummary> {
    this.#checkOpen();
    return this.#publisher.publishMany(items, options);
  }

  async get(id: string, options: GetOptions = {}): Promise<FoundRecord> {
    this.#checkOpen();
    return this.#reader.get(id, options);
  }

  async pin(id: string, waiting: Waiting = {}): Promise<{ readonly copies: number }> {
    this.#checkOpen();
    const overlay = await this.#parts.wantedOverlay();
    const { record } = await this.#reader.get(id, waiting);
    return { copies: await overlay.pin(record) };
  }

  async unpin(id: string): Promise<void> {
    this.#checkOpen();
    await (await this.#parts.wantedOverlay()).unpin(id);
  }

  async query(filter: QueryFilter, waiting: Waiting = {}): Promise<RecordPage> {
    this.#checkOpen();
    return this.#reader.query(filter, waiting);
  }

  queryAll(filter: QueryFilter, waiting: Waiting = {}): ReturnType<Client['queryAll']> {
    return this.#reader.queryAll(filter, waiting);
  }

  follow(filter: FollowFilter, options: FollowOptions = {}): RecordFollow {
    this.#checkOpen();
    valueOf(checkFilter(followFilterSchema, filter));
    const { storage } = this.#options;
    const { name } = options;
    const failed = (error: unknown): void => this.#listeners.emit('problem', problemOf(error));
    const isMerged = this.#archives.main.length > 1;
    const follow: MergedFollow = new MergedFollow(
      filter,
      {
        archives: this.#archives,
        intake: this.#intake,
        clock: this.#clock,
        closing: this.#closing,
        ended: () => this.#follows.delete(follow),
        store: name === undefined ? undefined : new FollowStore(storage, name, filter, isMerged, failed),
      },
      options,
    );
    this.#follows.add(follow);
    return follow;
  }

  async openMailbox(waiting: Waiting = {}): Promise<{ readonly mailbox: string }> {
    return (await this.#parts.crates()).openMailbox(waiting);
  }

  async send(message: MessageDraft, waiting: Waiting = {}): Promise<SentMessage> {
    return (await this.#parts.crates()).send(message, waiting);
  }

  async resend(message: string, waiting: Waiting = {}): Promise<SentMessage> {
    return (await this.#parts.crates()).resend(message, waiting);
  }

  async status(message: string): Promise<MessageStatus> {
    return (await this.#parts.crates()).status(message);
  }

  async askStatus(message: string, waiting: Waiting = {}): Promise<AskedStatus> {
    return (await this.#parts.crates()).askStatus(message, waiting);
  }

  async waitForStatus(
    message: string,
    status: WaitableStatus,
    waiting: Waiting = {},
  ): Promise<MessageStatus> {
    return (await this.#parts.crates()).waitForStatus(message, status, waiting);
  }

  statusChanges(waiting: Waiting = {}): AsyncIterableIterator<StatusChange> {
    return statusChanges(this.#listeners, this.#closing, waiting);
  }

  async recall(message: string, waiting: Waiting = {}): Promise<MessageStatus> {
    return (await this.#parts.crates()).recall(message, waiting);
  }

  async inbox(handler: InboxHandler, options: InboxOptions = {}): Promise<void> {
    return (await this.#parts.crates()).inbox(handler, options);
  }

  messages(options: InboxOptions = {}): AsyncIterableIterator<ReceivedMessage> {
    return new LateIterator(this.#parts.crates().then((crates) => crates.messages(options)));
  }

  async tried(waiting: Waiting = {}): Promise<void> {
    const trying = async (): Promise<void> => {
      await this.#parts.resumed;
      await Promise.all([this.#outbox.tried(), this.#parts.tried()]);
    };
    return waitFor(trying(), waiting);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#parts.close();
    for (const follow of this.#follows) await follow.end();
    this.#outbox.close();
    this.#archives.close();
    this.#listeners.clear();
    await this.#options.storage.close();
  }

  #checkOpen(): void {
    if (this.#closing.aborted) throw closedError();
  }
}

const connectionOf = ({ url, state }: ArchiveConnection): ArchiveConnection => ({ url, state });
