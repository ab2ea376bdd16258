/** What the overlay is given by the client that it belongs to. */
import type { ClientEvents } from '../client.js';
import type { Clock } from '../clock.js';
import type { Listeners } from '../events.js';
import type { Archives } from '../link/archives.js';
import type { RecordCache } from '../records/record-cache.js';
import type { RecordOutbox } from '../records/record-outbox.js';
import type { Storage } from '../storage/storage.js';
import type { ConnectionSettings } from './links/peer-connection.js';
import type { MakePeerLinks } from './links/peer-links.js';
import type { Surroundings } from './membership/surroundings.js';
import type { OverlayChoice } from './overlay-contract.js';

export interface OverlayParts {
  readonly asked: OverlayChoice;
  readonly servesAfterMs: number | undefined;
  readonly peerLinks: MakePeerLinks | undefined;
  readonly directLinks: ConnectionSettings | 'off' | undefined;
  readonly storage: Storage;
  readonly archives: Archives;
  readonly outbox: RecordOutbox;
  readonly cache: RecordCache;
  readonly clock: Clock;
  readonly listeners: Listeners<ClientEvents>;
  readonly surroundings?: Surroundings;
}
