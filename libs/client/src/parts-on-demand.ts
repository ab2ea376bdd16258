/**
 * The parts of a client that a page does not load at first: crates when they are needed, also because an earlier process has
 * left some on their way, and the overlay when it was asked for.
 */
import { HoldfastError } from '@holdfast/protocol/core';
import type { ClientEvents, ClientOptions } from './client.js';
import type { Clock } from './clock.js';
import type { CrateService } from './crates/crate-service.js';
import { outstandingPrefix } from './crates/sending/outstanding.js';
import { closedError, problemOf } from './errors.js';
import type { Listeners } from './events.js';
import type { Identity } from './identity.js';
import { limits } from './limits.js';
import type { Archives } from './link/archives.js';
import type { Overlay } from './overlay/overlay.js';
import type { Publisher } from './records/publisher.js';
import type { Reader } from './records/reader.js';
import type { RecordCache } from './records/record-cache.js';
import type { RecordOutbox } from './records/record-outbox.js';

export interface PartsOnDemandInit {
  readonly options: ClientOptions;
  readonly identity: Identity;
  readonly archives: Archives;
  readonly reader: () => Reader;
  readonly publisher: () => Publisher;
  readonly outbox: RecordOutbox;
  readonly cache: RecordCache;
  readonly clock: Clock;
  readonly listeners: Listeners<ClientEvents>;
}

export class PartsOnDemand {
  /** Undefined where none was asked for, or it could not be loaded. */
  readonly overlay: Promise<Overlay | undefined>;
  /** Resolves when crates that were left are looked after. */
  readonly resumed: Promise<void>;
  #crates: Promise<CrateService> | undefined;
  #isClosed = false;

  constructor(private readonly init: PartsOnDemandInit) {
    this.overlay = this.#loadOverlay().catch((error: unknown) => void this.#report(error));
    this.resumed = this.#resumeCrates();
  }

  crates(): Promise<CrateService> {
    if (this.#isClosed) return Promise.reject(closedError());
    this.#crates ??= this.#loadCrates().catch((error: unknown) => {
      // They may be loaded another time, when there is a network again.
      this.#crates = undefined;
      throw error;
    });
    return this.#crates;
  }

  /** Rejects with `settings-invalid` where there is none. */
  async wantedOverlay(): Promise<Overlay> {
    const overlay = await this.overlay;
    if (overlay !== undefined) return overlay;
    throw new HoldfastError('settings-invalid', 'Only a client with an overlay pins records.');
  }

  /** Resolves when every crate has been tried at each of its archives that can perhaps be reached now. */
  async tried(): Promise<void> {
    await (await this.#crates)?.tried();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const crates = await this.#crates?.catch(() => undefined);
    await crates?.close();
    await (await this.overlay)?.close();
  }

  async #loadOverlay(): Promise<Overlay | undefined> {
    const { options, archives, outbox, cache, clock, listeners } = this.init;
    const { overlay = 'off', overlayServesAfterMs, storage, peerLinks, directLinks } = options;
    if (overlay === 'off') return undefined;
    const { Overlay: Service } = await import('./overlay/overlay.js');
    return new Service({
      asked: overlay,
      servesAfterMs: overlayServesAfterMs,
      peerLinks,
      directLinks,
      storage,
      archives,
      outbox,
      cache,
      clock,
      listeners,
    });
  }

  async #loadCrates(): Promise<CrateService> {
    const { options, identity, archives, reader, publisher, clock, listeners } = this.init;
    const { CrateService: Service } = await import('./crates/crate-service.js');
    return new Service({
      identity,
      storage: options.storage,
      archives,
      reader: reader(),
      publisher: publisher(),
      clock,
      direct: options.directDelivery ?? (await this.overlay)?.direct,
      patienceMs: options.patienceMs ?? limits.patienceMs,
      copies: options.copies ?? limits.copiesDefault,
      holders: options.holders ?? limits.holdersDefault,
      statusBy: options.statusBy ?? 'log',
      kemRotationDays: options.kemRotationDays ?? limits.kemRotationDaysDefault,
      catchUpAfterHours: options.catchUpAfterHours ?? limits.catchUpAfterHoursDefault,
      listeners,
    });
  }

  /** They are taken up without being asked for. */
  async #resumeCrates(): Promise<void> {
    try {
      const left = await this.init.options.storage.list(outstandingPrefix, { limit: 1 });
      if (left.length > 0 && !this.#isClosed) await this.crates();
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    if (!this.#isClosed) this.init.listeners.emit('problem', problemOf(error));
  }
}
