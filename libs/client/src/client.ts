/**
 * What the SDK offers to applications. Everything that comes in is verified before it is handed out; everything that
 * goes out is kept in the storage first; every call can be given an AbortSignal.
 */
import type {
  FollowFilter,
  HoldfastRecord,
  PrivateJwk,
  QueryFilter,
  SigningKey,
} from '@holdfast/protocol/core';
import type { InboxHandler, InboxOptions, ReceivedMessage } from './crates/receiving/inbox-contract.js';
import type {
  AskedStatus,
  MessageDraft,
  MessageStatus,
  SentMessage,
  StatusChange,
  WaitableStatus,
} from './crates/status/message-status.js';
import type { Clock } from './clock.js';
import type { ConnectionState } from './link/connection-state.js';
import type { OpenSocket } from './link/socket.js';
import type { DirectDelivery } from './overlay/direct/direct-delivery.js';
import type { ConnectionSettings } from './overlay/links/peer-connection.js';
import type { MakePeerLinks } from './overlay/links/peer-links.js';
import type { OverlayChoice, OverlayStatus } from './overlay/overlay-contract.js';
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
import type { Problem } from './problem.js';
import type { Storage } from './storage/storage.js';
import type { Waiting } from './waiting.js';

export interface ClientOptions {
  /** The archives to keep a link to, the preferred one first: `https://archive.example` or `{ url, id }`. */
  readonly archives: readonly (string | ArchiveAddress)[];
  /** Who publishes, sends and receives. Without it the client only reads. */
  readonly identity?: SigningKey | PrivateJwk;
  readonly storage: Storage;
  /** How long an answer may take once its request was sent, milliseconds. */
  readonly requestTimeoutMs?: number;
  /** How long a request waits for a link that is not open before it fails with `archive-unreachable`, milliseconds. */
  readonly patienceMs?: number;
  /**
   * How many archives must have promised to hold a crate before it is durable (2), one of them among the client's own.
   * With fewer archives known it is as many as there are, and the status says so.
   */
  readonly copies?: number;
  /**
   * How many archives are given a crate (3); as many as `copies` where that is more, and further ones while none of
   * those where its recipient collects, or none of the client's own, has it.
   */
  readonly holders?: number;
  /**
   * How deliveries are heard of: `log` downloads what everybody has received and looks here for one's own; `id` asks
   * for one's own, which is less to download and tells the archives whose they are. See README, "What archives learn".
   */
  readonly statusBy?: 'log' | 'id';
  /**
   * How long a mailbox is sealed to with one key, days from 1 to 365; 7 when missing. An inbox that runs replaces it, and
   * destroys what was replaced 30 days and 12 hours before.
   */
  readonly kemRotationDays?: number;
  /**
   * After how many hours in which it did not collect everything an inbox asks its fellows, the other recipients of earlier
   * messages and the other devices of its identity, for what it may have missed; 24 when missing, at most 744.
   */
  readonly catchUpAfterHours?: number;
  /**
   * Whether this client shares what it reads and publishes with other clients, and finds there what they have: `off` when
   * missing. A `server` answers and stores for others, at once where hardly anybody does, else after it has been up for
   * 10 minutes, and while its page is seen and its network not metered; an `observer` asks, and answers with nothing. See
   * README, "The overlay".
   */
  readonly overlay?: OverlayChoice;
  /**
   * How long a server is up before it serves where there are others, milliseconds; 10 minutes when missing, for most
   * that come go again soon.
   */
  readonly overlayServesAfterMs?: number;
  /**
   * Direct links to other clients, by WebRTC, beside the way over the archives. Without `iceServers` no third party is
   * asked how this machine looks from outside, and only its own addresses are offered. `off`: none at all.
   */
  readonly directLinks?: ConnectionSettings | 'off';
  /** Makes direct links in another way than the platform does: for tests. */
  readonly peerLinks?: MakePeerLinks;
  /** Brings crates straight to the clients of their recipients, in another way than the overlay does. */
  readonly directDelivery?: DirectDelivery;
  /** Time and randomness from elsewhere than the platform: for tests. Keys, secrets and storages do not go by it. */
  readonly clock?: Clock;
  /** Opens WebSockets in another way than the platform does (a proxy, a test). */
  readonly openSocket?: OpenSocket;
}

export interface ArchiveAddress {
  readonly url: string;
  /**
   * The archive's public key. Another one at this address is refused with `archive-foreign`. Without it the key that
   * is met first is kept in the storage, and counts from then on.
   */
  readonly id?: string;
  /**
   * Only crates for recipients who collect there are brought to it and asked for, and it is asked where to write to
   * recipients whom the others do not know; nothing is published, read, followed or collected there. For what
   * `archivesOfOutstanding` names, and for the archives of those who are written to.
   */
  readonly cratesOnly?: boolean;
}

/** One archive and how the link to it stands. */
export interface ArchiveConnection {
  readonly url: string;
  readonly state: ConnectionState;
}

export interface ClientEvents {
  connection: ArchiveConnection;
  status: StatusChange;
  problem: Problem;
  /** It has come into the overlay or lost it, has another role or direct links, or what keeps it out has changed. */
  overlay: OverlayStatus;
}

export interface Client {
  /** The identity's public key in base64url; undefined for a client that only reads. */
  readonly author: string | undefined;

  /** The links as they stand now, in the order of the options. */
  readonly archives: readonly ArchiveConnection[];

  /** How this client stands in the overlay, and why it is not in it when it is not. */
  overlay(): Promise<OverlayStatus>;

  /** Calls the listener for every later event of that kind. Answers what takes it off again. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void;

  /** Resolves with the first archive whose link is open. Rejects with `archive-foreign` when none ever will be. */
  connected(waiting?: Waiting): Promise<ArchiveConnection>;

  // records

  /**
   * Signs the draft, keeps the record in the outbox, and resolves when one archive has said that it holds it. Tried
   * again and again, also after a restart of this program, until then. Rejects with the archive's code when the
   * record is refused for good, with `record-out-of-scope` and their scopes when none of the archives keeps such records,
   * with `outbox-full`, and with `not-authorised` when the client has no identity. An `aborted` whose data has the id as
   * `record` means that the record is kept and will be sent.
   */
  publish(draft: RecordDraft, waiting?: Waiting): Promise<PublishReceipt>;

  /** The same for a record that has been signed elsewhere. Rejects at once when it does not verify. */
  publishSigned(jws: string, waiting?: Waiting): Promise<PublishReceipt>;

  /**
   * Publishes many, with many in flight at a time and in any order, without the outbox: whoever has the source can
   * begin again, for what is held already answers `known`. Refused records are counted and listed, and do not end it.
   */
  publishMany(
    items: Iterable<PublishItem> | AsyncIterable<PublishItem>,
    options?: PublishManyOptions,
  ): Promise<PublishSummary>;

  /**
   * One record by its id. With an overlay the other clients are asked first and the archives a little later. Rejects with
   * `record-not-found`, `record-retracted`, `archive-unreachable`.
   */
  get(id: string, options?: GetOptions): Promise<FoundRecord>;

  /**
   * Keeps a record findable among the clients for as long as this one runs, also after a restart, whoever wrote it. Resolves
   * with how many nodes hold it then, 0 when none can be reached yet. Rejects like `get`, with `settings-invalid` without
   * an overlay, and with `quota-exceeded` when too many are pinned.
   */
  pin(id: string, waiting?: Waiting): Promise<{ readonly copies: number }>;

  /** It stays where it is, and fades there unless it is read. */
  unpin(id: string): Promise<void>;

  /**
   * One page, newest first. It comes from one archive: from that which claims to have the most of what the filter takes,
   * by its scope and its horizon, among those that answer; `complete` says whether that is all of it. The page's cursor
   * belongs to that archive, and the next page is asked there. With an overlay a page may come from other clients when no
   * archive answers soon: it is never `complete`, and has no cursor.
   */
  query(filter: QueryFilter, waiting?: Waiting): Promise<RecordPage>;

  /** Every match, newest first, page after page; `limit` is the size of a page. */
  queryAll(filter: QueryFilter, waiting?: Waiting): AsyncIterableIterator<HoldfastRecord>;

  /**
   * Every match as it is committed, from now on or from a cursor, over all archives, until the signal aborts or the
   * loop is left. Goes on after every reconnect where it stopped, without loss or repeats.
   */
  follow(filter: FollowFilter, options?: FollowOptions): RecordFollow;

  // crates

  /**
   * Makes sure that this identity has a mailbox and a card that says so. Its keys are made on first use and stay in
   * the storage. Resolves when an archive holds the card.
   */
  openMailbox(waiting?: Waiting): Promise<{ readonly mailbox: string }>;

  /**
   * Seals the text for every recipient's mailboxes and keeps the crates in the storage; resolves then, with the status
   * `local`. They are brought to archives, and watched until they are delivered or expired, in the background.
   * Rejects with `recipient-unreachable` when a recipient has no mailbox that can be found, `card-outdated` when their
   * card is kept from a while ago, no archive tells a newer one, and the message would expire too late for it (what
   * would do is `expiryHours` of the error), `message-too-large`, `outbox-full`.
   */
  send(message: MessageDraft, waiting?: Waiting): Promise<SentMessage>;

  /**
   * Seals the message anew, under its id, for those of whose crates all have ended without delivery (expired, recalled,
   * discarded). Whoever has handled it within the last 93 days is not shown it again. Resolves like `send`; where nobody
   * is left who lacks it, or its crates are still on their way, with the status as it is. Rejects with
   * `message-unknown`, also when its last crate has expired 30 days ago, and like `send`.
   */
  resend(message: string, waiting?: Waiting): Promise<SentMessage>;

  /** Where a message stands, by what is known here. Rejects with `message-unknown`. */
  status(message: string): Promise<MessageStatus>;

  /**
   * The same after the archives that may hold it have been asked once: those that can be reached, within the patience and
   * until the signal aborts.
   */
  askStatus(message: string, waiting?: Waiting): Promise<AskedStatus>;

  /** Resolves when the message has come so far, or can come no further (expired, recalled, discarded). */
  waitForStatus(message: string, status: WaitableStatus, waiting?: Waiting): Promise<MessageStatus>;

  /**
   * Every step of every message that was sent from this storage, from the call on, until the signal aborts. Rejects
   * with `too-slow` when more than limits.statusBufferMax of them wait for the loop.
   */
  statusChanges(waiting?: Waiting): AsyncIterableIterator<StatusChange>;

  /**
   * Takes back the crates that have not been collected. Resolves when every one is recalled or has left in another way.
   * Whoever has the message keeps it, and their client, which hears of no recall, may bring it to its other recipients.
   */
  recall(message: string, waiting?: Waiting): Promise<MessageStatus>;

  /**
   * Hands every message to the handler, one at a time, and acknowledges each after the handler has succeeded. Resolves
   * when the signal aborts or the client is closed; with `watch: false` when what was waiting has been handed over.
   * A message whose handler throws is offered again later. See README, "Exactly once". Rejects with `settings-invalid`,
   * with `in-use` when it does not watch and another program collects, and with `archive-foreign`; when it does not
   * watch also with why no archive told what waits.
   */
  inbox(handler: InboxHandler, options?: InboxOptions): Promise<void>;

  /** The same as a loop: asking for the next message says that the one before has been handled. */
  messages(options?: InboxOptions): AsyncIterableIterator<ReceivedMessage>;

  /**
   * Resolves when everything that waits for an archive, records and crates, has been tried once, with success or not;
   * what waits for archives that cannot be reached at the moment is not waited for. For programs that end soon: what
   * is still waiting then is tried again by the next client on the same storage.
   */
  tried(waiting?: Waiting): Promise<void>;

  /**
   * Ends everything: waiting calls reject with `closed`, loops end, links close, the storage is closed. A handler of
   * the inbox that is running may end before, within limits.closeGraceMs; after that its message is offered again.
   */
  close(): Promise<void>;
}
