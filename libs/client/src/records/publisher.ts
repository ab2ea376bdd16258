/** Signs and publishes records: one through the outbox, or many in a stream. */
import { signRecord, type HoldfastRecord, type RecordPayload } from '@holdfast/protocol/core';
import { secondsOf, type Clock } from '../clock.js';
import { abortedError, closedError } from '../errors.js';
import type { Identity } from '../identity.js';
import { Stopper, type StopSignal } from '../stopper.js';
import { put, type Storage } from '../storage/storage.js';
import { waitFor, type Waiting } from '../waiting.js';
import type { RecordCache } from './record-cache.js';
import { readSigned, type RecordOutbox } from './record-outbox.js';
import type { RecordOverlay } from './record-overlay.js';
import type {
  PublishItem,
  PublishManyOptions,
  PublishReceipt,
  PublishSummary,
  RecordDraft,
} from './records-contract.js';

export interface PublisherParts {
  readonly identity: Identity;
  readonly storage: Storage;
  readonly outbox: RecordOutbox;
  readonly cache: RecordCache;
  readonly clock: Clock;
  readonly closing: StopSignal;
  readonly overlay: () => Promise<RecordOverlay | undefined>;
}

export class Publisher {
  constructor(private readonly parts: PublisherParts) {}

  async publish(draft: RecordDraft, waiting: Waiting): Promise<PublishReceipt> {
    return this.#keepAndDeliver(await this.sign(draft), waiting);
  }

  async publishSigned(jws: string, waiting: Waiting): Promise<PublishReceipt> {
    return this.#keepAndDeliver(await readSigned(jws, this.parts.clock), waiting);
  }

  async publishMany(
    items: Iterable<PublishItem> | AsyncIterable<PublishItem>,
    options: PublishManyOptions,
  ): Promise<PublishSummary> {
    const { closing, outbox } = this.parts;
    // Programs that publish many are few: pages load it when they do.
    const { publishMany } = await import('./publish-many.js');
    const ending = new Stopper(closing, options.signal);
    const publish = async (item: PublishItem): Promise<PublishReceipt> => {
      const record = await this.#recordOf(item);
      const receipt = await outbox.deliver(record, ending);
      this.parts.cache.add(record);
      return receipt;
    };
    const summary = await publishMany(items, options, ending, publish).finally(() => ending.release());
    if (options.signal?.aborted) throw abortedError();
    if (closing.aborted) throw closedError();
    return summary;
  }

  async #keepAndDeliver(record: HoldfastRecord, waiting: Waiting): Promise<PublishReceipt> {
    if (waiting.signal?.aborted) throw abortedError();
    const { delivery } = await this.parts.outbox.add(record);
    this.parts.cache.add(record);
    void this.parts.overlay().then((overlay) => overlay?.published(record, delivery));
    return waitFor(delivery, waiting, { record: record.id });
  }

  async #recordOf(item: PublishItem): Promise<HoldfastRecord> {
    if (typeof item === 'string') return readSigned(item, this.parts.clock);
    return 'jws' in item ? readSigned(item.jws, this.parts.clock) : this.sign(item);
  }

  /** Signs without publishing. */
  async sign(draft: RecordDraft): Promise<HoldfastRecord> {
    const key = await this.parts.identity.key();
    const iat = draft.iat ?? (await this.#timeFor(draft));
    return signRecord(payloadOf(draft, iat), key, secondsOf(this.parts.clock));
  }

  /** Revisions of one key that are made within a second, or by a clock that was set back, keep their order. */
  async #timeFor({ collection, key }: RecordDraft): Promise<number> {
    const now = secondsOf(this.parts.clock);
    if (key === undefined) return now;
    const place = `revision/${this.parts.identity.author ?? ''}/${collection}/${key}`;
    let iat = now;
    await this.parts.storage.update([place], ([last]) => {
      iat = Math.max(now, last === undefined ? 0 : Number(last) + 1);
      return [put(place, String(iat))];
    });
    return iat;
  }
}

/** Names every member: nothing else that a caller's object may have is signed. */
function payloadOf({ collection, key, exp, topics, refs, body }: RecordDraft, iat: number): RecordPayload {
  return {
    collection,
    ...(key === undefined ? {} : { key }),
    iat,
    ...(exp === undefined ? {} : { exp }),
    ...(topics === undefined ? {} : { topics }),
    ...(refs === undefined ? {} : { refs }),
    body,
  };
}
