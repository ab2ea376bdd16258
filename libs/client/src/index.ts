/** The door of the SDK. `@holdfast/client/node` and `@holdfast/client/indexeddb` add the storages of the platforms. */
export type { ArchiveAddress, ArchiveConnection, Client, ClientEvents, ClientOptions } from './client.js';
export type { Clock } from './clock.js';
export { createClient } from './create-client.js';
export { limits } from './limits.js';
export { memoryStorage } from './storage/memory.js';
export type { Problem } from './problem.js';
export type { Waiting } from './waiting.js';
export type { ConnectionState } from './link/connection-state.js';
export type { OpenSocket, Socket, SocketEvents, SocketMessage } from './link/socket.js';
export type {
  OverlayArchive,
  OverlayChoice,
  OverlayStatus,
  WhyNotInOverlay,
} from './overlay/overlay-contract.js';
export type { ConnectionSettings, IceServer } from './overlay/links/peer-connection.js';
export type { MakePeerLinks, PeerLinkEvents, PeerLinks, PeerLinksParts } from './overlay/links/peer-links.js';
export type {
  Attempt,
  FollowOptions,
  FoundRecord,
  GetOptions,
  Place,
  PublishItem,
  PublishManyOptions,
  PublishOutcome,
  PublishProgress,
  PublishReceipt,
  PublishSummary,
  RecordDraft,
  RecordFollow,
  RecordPage,
  Source,
} from './records/records-contract.js';
export { archivesOfOutstanding } from './crates/sending/outstanding.js';
export type {
  AskedStatus,
  Copies,
  CrateStatusView,
  CustodyView,
  MessageDraft,
  MessageStatus,
  PendingHolder,
  SentMessage,
  StatusChange,
  StatusName,
  WaitableStatus,
} from './crates/status/message-status.js';
export type { InboxHandler, InboxOptions, ReceivedMessage } from './crates/receiving/inbox-contract.js';
export type { StopSignal } from './stopper.js';
export type {
  ListOptions,
  LockOptions,
  Storage,
  StorageChange,
  StorageEntry,
  WriteOptions,
} from './storage/storage.js';
