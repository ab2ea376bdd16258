/**
 * Records that an application wants to stay findable: kept in the storage, brought to the closest nodes of three rings, and
 * kept fresh there by this client for as long as it runs, also after a restart. Whoever publishes something pins it anyway
 * for a while (own-records.ts); this is for what somebody cares about, whoever wrote it.
 */
import { placesOf, type VerifiedItem } from '@holdfast/dht';
import { HoldfastError, verifyRecord, type HoldfastRecord } from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import type { Storage } from '../../storage/storage.js';
import { overlayLimits } from '../limits.js';
import type { Stores } from '../node/stores.js';

const pinPrefix = 'pin/';

export class PinnedRecords {
  readonly #records = new Map<string, HoldfastRecord>();

  constructor(
    private readonly storage: Storage,
    private readonly stores: Stores,
    private readonly itemOf: (record: HoldfastRecord) => VerifiedItem,
  ) {}

  /** Takes up what was pinned before. */
  async load(clock: Clock): Promise<void> {
    const kept = await this.storage.list(pinPrefix, { limit: overlayLimits.pinnedRecordsMax });
    for (const { key, value } of kept) {
      const verified = await verifyRecord(value, secondsOf(clock));
      if (verified.ok) this.#records.set(verified.value.id, verified.value);
      else await this.#keep(key, undefined);
    }
    this.storeAll();
  }

  /**
   * Resolves with how many nodes hold it then, over all rings; 0 when none can be reached yet. Rejects with
   * `quota-exceeded` when too many are pinned.
   */
  async pin(record: HoldfastRecord): Promise<number> {
    if (!this.#records.has(record.id) && this.#records.size >= overlayLimits.pinnedRecordsMax) {
      throw new HoldfastError(
        'quota-exceeded',
        `At most ${overlayLimits.pinnedRecordsMax} records can be pinned: unpin one first.`,
      );
    }
    this.#records.set(record.id, record);
    await this.#keep(`${pinPrefix}${record.id}`, record.jws);
    return this.#store(record);
  }

  async unpin(id: string): Promise<void> {
    const record = this.#records.get(id);
    if (record === undefined) return;
    this.#records.delete(id);
    for (const place of placesOf(record)) this.stores.unpin(place, this.itemOf(record));
    await this.#keep(`${pinPrefix}${id}`, undefined);
  }

  /** There is a node, and it has none of them. */
  storeAll(): void {
    for (const record of this.#records.values()) void this.#store(record);
  }

  async #keep(key: string, value: string | undefined): Promise<void> {
    await this.storage.write([{ key, value }]);
  }

  async #store(record: HoldfastRecord): Promise<number> {
    const item = this.itemOf(record);
    const copies = placesOf(record).map((place) => this.stores.store(place, item, true));
    // The first place is that of its id.
    return (await Promise.all(copies))[0] ?? 0;
  }
}
