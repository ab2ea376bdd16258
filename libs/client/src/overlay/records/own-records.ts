/**
 * One's own records, brought to other clients as soon as they are signed: so that they are found while no archive can be
 * reached, and soon after. Pinned, which keeps them fresh there, are those that wait for an archive and the newest of the
 * others; when the node is another one than before all of them are brought anew.
 */
import { placesOf, recordPlace, type VerifiedItem } from '@holdfast/dht';
import { systemCollections, verifyRecord, type HoldfastRecord } from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import { outboxPrefix, type RecordOutbox } from '../../records/record-outbox.js';
import type { Storage } from '../../storage/storage.js';
import { overlayLimits } from '../limits.js';
import type { NodeShell } from '../node/node-shell.js';

interface OwnRecord {
  readonly record: HoldfastRecord;
  isWaiting: boolean;
}

export class OwnRecords {
  /** In the order of publishing. */
  readonly #records = new Map<string, OwnRecord>();

  constructor(
    private readonly shell: () => NodeShell | undefined,
    private readonly itemOf: (record: HoldfastRecord) => VerifiedItem,
  ) {}

  published(record: HoldfastRecord, delivery: Promise<unknown>): void {
    if (this.#records.has(record.id)) return;
    const own: OwnRecord = { record, isWaiting: true };
    this.#records.set(record.id, own);
    // What is taken back is not brought anywhere again.
    if (record.collection === systemCollections.retractions) {
      for (const id of record.refs ?? []) this.#forget(id);
    }
    this.#store(own);
    this.#makeRoom();
    const settled = (): void => {
      own.isWaiting = false;
      this.#makeRoom();
    };
    delivery.then(settled, () => this.#forget(record.id));
  }

  /** Those that an earlier process has left waiting for an archive. */
  async takeUp(storage: Storage, outbox: RecordOutbox, clock: Clock): Promise<void> {
    const waiting = await storage.list(outboxPrefix, { limit: overlayLimits.waitingRecordsMax });
    for (const { value } of waiting) {
      const verified = await verifyRecord(value, secondsOf(clock));
      if (!verified.ok) continue;
      // The outbox has it, and answers with the delivery that is under way.
      const { delivery } = await outbox.add(verified.value);
      this.published(verified.value, delivery);
    }
  }

  /** There is a node, and it has none of them. */
  storeAll(): void {
    for (const own of this.#records.values()) this.#store(own);
  }

  #store({ record }: OwnRecord): void {
    const item = this.itemOf(record);
    for (const place of placesOf(record)) {
      this.shell()?.tell((node, nowMs) => node.store(place, item, { pinned: true }, nowMs));
    }
    // Where the record was, its retraction takes its place: whoever holds it has seen whose it is.
    if (record.collection !== systemCollections.retractions) return;
    for (const place of (record.refs ?? []).map(recordPlace)) {
      this.shell()?.tell((node, nowMs) => node.store(place, item, { pinned: false }, nowMs));
    }
  }

  #makeRoom(): void {
    const own = [...this.#records.values()];
    const waiting = own.filter(({ isWaiting }) => isWaiting);
    const settled = own.filter(({ isWaiting }) => !isWaiting);
    for (const { record } of [
      ...waiting.slice(0, Math.max(0, waiting.length - overlayLimits.waitingRecordsMax)),
      ...settled.slice(0, Math.max(0, settled.length - overlayLimits.ownRecordsMax)),
    ]) {
      this.#forget(record.id);
    }
  }

  /** It stays where it is, and fades there unless it is read. */
  #forget(id: string): void {
    const own = this.#records.get(id);
    if (own === undefined) return;
    this.#records.delete(id);
    const item = this.itemOf(own.record);
    for (const place of placesOf(own.record)) {
      this.shell()?.tell((node, nowMs) => node.unpin(place, item.id, nowMs));
    }
  }
}
