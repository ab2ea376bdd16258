/**
 * Records on their way to an archive. Each is in the storage before it is sent, and leaves it when an archive has
 * promised to keep it or refused it for good; until then it is sent again and again. Sending twice does no harm: an
 * archive answers `known`. Entries that an earlier process has left are taken up at the start.
 */
import {
  HoldfastError,
  parseRecord,
  verifyRecord,
  type HoldfastRecord,
  type ScopedRecord,
} from '@holdfast/protocol/core';
import type { Problem } from '../problem.js';
import { secondsOf, type Clock } from '../clock.js';
import { closedError, problemOf } from '../errors.js';
import { limits } from '../limits.js';
import { isPerhapsThere, type ArchiveLink } from '../link/archive-link.js';
import type { Archives } from '../link/archives.js';
import { retrying, Slots } from '../pacing.js';
import { Stopper, type StopSignal } from '../stopper.js';
import { put, remove, type Storage } from '../storage/storage.js';
import { keeps, outOfScopeError, type Outgoing } from './coverage.js';
import type { PublishReceipt } from './records-contract.js';

export interface OutboxParts {
  readonly storage: Storage;
  readonly archives: Archives;
  readonly clock: Clock;
  readonly report: (problem: Problem) => void;
}

/** A record that is being kept, or is kept and on its way. */
interface OutboxEntry {
  readonly kept: Promise<void>;
  readonly delivery: Promise<PublishReceipt>;
}

export const outboxPrefix = 'outbox/record/';

export class RecordOutbox {
  readonly #closing = new Stopper();
  readonly #slots = new Slots(limits.outboxConcurrency);
  /** Records that have not been tried yet. */
  readonly #untried = new Set<Outgoing>();
  readonly #triedListeners = new Set<() => void>();
  readonly #entries = new Map<string, OutboxEntry>();
  readonly #loaded: Promise<void>;

  constructor(private readonly parts: OutboxParts) {
    // Whether a record can be tried depends on who is there, and on what they say that they keep.
    parts.archives.onAway(() => this.#tell());
    parts.archives.onOpen(() => this.#tell());
    this.#loaded = this.#takeUp().catch((error: unknown) => parts.report(problemOf(error)));
  }

  /**
   * Keeps the record, and answers the promise of its delivery. Rejects with `outbox-full` and `storage-failed` when it
   * could not be kept.
   */
  async add(record: HoldfastRecord): Promise<{ readonly delivery: Promise<PublishReceipt> }> {
    await this.#loaded;
    const { kept, delivery } = this.#entries.get(record.id) ?? this.#enter(record);
    await kept;
    return { delivery };
  }

  /**
   * Sends one record until an archive takes it, one refuses it for good, or none keeps such records. `slots` bounds how
   * many are on the wire; waiting for an archive, or for the next try, takes none.
   */
  deliver(record: Outgoing, signal: StopSignal, slots?: Slots, tried?: () => void): Promise<PublishReceipt> {
    const { archives, clock } = this.parts;
    const unsuited = new Set<ArchiveLink>();
    const among = (link: ArchiveLink): boolean =>
      !link.cratesOnly && !unsuited.has(link) && keeps(link, record);
    const hopeless = (): HoldfastError | undefined => {
      const isAnyLeft = archives.main.some((link) => link.refusal === undefined && among(link));
      return archives.closedForGood() ?? (isAnyLeft ? undefined : outOfScopeError(archives.main));
    };
    const send = async (failures: number): Promise<PublishReceipt> => {
      const preferred = await archives.whenOpen({ signal, among, hopeless });
      const link = archives.alternative(preferred, failures, among);
      const publish = (): Promise<PublishReceipt> => publishTo(link, record, signal);
      return (slots === undefined ? publish() : slots.run(publish)).catch((error: unknown) => {
        if (!(error instanceof HoldfastError) || error.code !== 'record-out-of-scope') throw error;
        unsuited.add(link);
        return send(failures);
      });
    };
    return retrying((failures) => send(failures).finally(tried), {
      clock,
      signal,
      backoff: { baseMs: limits.outboxBackoffBaseMs, maxMs: limits.outboxBackoffMaxMs },
      wake: (callback) => archives.onChange(callback),
      isHopeless: () => archives.closedForGood() !== undefined,
    });
  }

  /** The record when it waits here for an archive and has not expired meanwhile. */
  async waiting(id: string): Promise<HoldfastRecord | undefined> {
    const jws = await this.parts.storage.get(outboxPrefix + id);
    if (jws === undefined) return undefined;
    const verified = await verifyRecord(jws, secondsOf(this.parts.clock));
    return verified.ok ? verified.value : undefined;
  }

  /** Resolves when every record that an archive would take that can perhaps be reached now has been tried once. */
  async tried(): Promise<void> {
    await this.#loaded;
    const { main } = this.parts.archives;
    const isPossible = (record: Outgoing): boolean =>
      main.some((link) => isPerhapsThere(link) && keeps(link, record));
    while ([...this.#untried].some(isPossible)) {
      await new Promise<void>((resolve) => this.#triedListeners.add(resolve));
    }
  }

  close(): void {
    this.#closing.abort();
  }

  async #takeUp(): Promise<void> {
    for (const { key, value } of await this.parts.storage.list(outboxPrefix)) {
      const id = key.slice(outboxPrefix.length);
      // Nobody waits for these: a refusal is reported instead.
      this.#begin({ id, jws: value, ...this.#membersOf(value) }, Promise.resolve()).delivery.catch(
        (error: unknown) => {
          if (!this.#closing.aborted) this.parts.report({ ...problemOf(error), id });
        },
      );
    }
  }

  /** What scopes look at, when it can be read by the clock that there is here now. */
  #membersOf(jws: string): ScopedRecord | undefined {
    const parsed = parseRecord(jws, secondsOf(this.parts.clock));
    if (!parsed.ok) return undefined;
    const { collection, topics = [], iat } = parsed.value.payload;
    return { author: parsed.value.author, collection, topics, iat };
  }

  /** Takes its place at once, so that the bound holds however many are being kept side by side. */
  #enter(record: HoldfastRecord): OutboxEntry {
    if (this.#entries.size >= limits.outboxEntriesMax) {
      throw new HoldfastError(
        'outbox-full',
        `${limits.outboxEntriesMax} records wait for an archive already.`,
      );
    }
    return this.#begin(record, this.parts.storage.write([put(outboxPrefix + record.id, record.jws)]));
  }

  #begin(record: Outgoing, kept: Promise<void>): OutboxEntry {
    const { id } = record;
    const delivery = kept.then(() => this.#deliverAndForget(record)).finally(() => this.#entries.delete(id));
    delivery.catch(() => undefined);
    const entry = { kept, delivery };
    this.#entries.set(id, entry);
    return entry;
  }

  async #deliverAndForget(record: Outgoing): Promise<PublishReceipt> {
    const signal = this.#closing;
    if (signal.aborted) throw closedError();
    const tried = (): void => {
      if (this.#untried.delete(record)) this.#tell();
    };
    this.#untried.add(record);
    try {
      const receipt = await this.deliver(record, signal, this.#slots, tried);
      await this.#forget(record.id);
      return receipt;
    } catch (error) {
      if (signal.aborted) throw closedError();
      // No archive has refused it when there is none to ask: the next client may have another one.
      if (this.parts.archives.closedForGood() === undefined) await this.#forget(record.id);
      throw error;
    } finally {
      tried();
    }
  }

  #tell(): void {
    for (const heard of this.#triedListeners) heard();
    this.#triedListeners.clear();
  }

  async #forget(id: string): Promise<void> {
    // When this fails the record is sent once more later, which does no harm.
    await this.parts.storage.write([remove(outboxPrefix + id)]).catch((error: unknown) => {
      if (!this.#closing.aborted) this.parts.report(problemOf(error));
    });
  }
}

async function publishTo(
  link: ArchiveLink,
  { id, jws }: Outgoing,
  signal: StopSignal,
): Promise<PublishReceipt> {
  const answer = await link.request({ op: 'publish', record: jws }, 'published', { signal });
  if (answer.id !== id) {
    throw new HoldfastError('answer-invalid', 'The archive confirmed another record.', { url: link.url });
  }
  return { id, status: answer.status, archive: link.archiveId ?? '' };
}

/** Reads a record that was signed elsewhere. Throws what is wrong with it. */
export async function readSigned(jws: string, clock: Clock): Promise<HoldfastRecord> {
  const verified = await verifyRecord(jws, secondsOf(clock));
  if (!verified.ok) throw new HoldfastError(verified.code, verified.detail);
  return verified.value;
}
