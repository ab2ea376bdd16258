/**
 * Storage in a folder, for Node: an append-only journal that several processes share without a lock. Every append is
 * one write to a file opened for appending, which the system puts behind all others; all readers replay the same
 * bytes, so the order in the file decides, also which conditional entries count (journal-index.ts). What was written
 * is synced before the caller hears of it; concurrent writes share one sync. A journal that is mostly history is
 * sealed, and goes on in a new generation. The folder must be on a local file system: NFS does not append atomically.
 */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '@holdfast/protocol/core';
import { closedError } from '../../errors.js';
import { limits } from '../../limits.js';
import { selectEntries } from '../select-entries.js';
import type {
  ListOptions,
  LockOptions,
  Storage,
  StorageChange,
  StorageEntry,
  WriteOptions,
} from '../storage.js';
import { Journal } from './journal.js';
import type { JournalChange, JournalEntry, JournalLine } from './journal-lines.js';
import type { LineFate } from './journal-index.js';
import { ProcessLocks } from './process-locks.js';

/** Opens, and if need be makes, the folder. Rejects with `storage-failed`. */
export async function fileStorage(folder: string): Promise<Storage> {
  return new FileStorage(await failing(() => Journal.open(folder)));
}

interface QueuedEntry {
  readonly entry: JournalEntry;
  /** The journal that the entry's condition speaks of; undefined for an entry without one. */
  readonly generation: number | undefined;
  readonly bytes: number;
  settle(fate: LineFate): void;
  fail(error: HoldfastError): void;
}

/** Keys of the storage itself, which `list` does not show. */
const internalPrefix = '\u0000';
const flushBytesMax = 4 * 1024 * 1024;

class FileStorage implements Storage {
  readonly #writer = randomUUID();
  readonly #locks: ProcessLocks;
  #appends = 0;
  #queue: QueuedEntry[] = [];
  #flushing: Promise<void> | undefined;
  /** The last of the operations on the journal: they take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(private readonly journal: Journal) {
    this.#locks = new ProcessLocks((keys, decide) => this.#update(keys, decide), internalPrefix);
  }

  async get(key: string): Promise<string | undefined> {
    this.#checkOpen();
    return this.#exclusively(async () => {
      await this.journal.refresh();
      return this.journal.read(key);
    });
  }

  async list(prefix: string, options: ListOptions = {}): Promise<readonly StorageEntry[]> {
    this.#checkOpen();
    return this.#exclusively(async () => {
      await this.journal.refresh();
      const keys = this.journal.index.keys();
      // Internal keys come first in the order, so none of them counts against the limit.
      const visible =
        prefix === '' && (options.after ?? '') === '' ? { ...options, after: '\u0000\uffff' } : options;
      const entries: StorageEntry[] = [];
      for (const key of selectEntries(keys, prefix, visible)) {
        entries.push({ key, value: (await this.journal.read(key))! });
      }
      return entries;
    });
  }

  async write(changes: readonly StorageChange[], options: WriteOptions = {}): Promise<void> {
    this.#checkOpen();
    checkChanges(changes);
    if (changes.length > 0) await this.#append(journalEntry(changes, options));
  }

  async update(
    keys: readonly string[],
    decide: (values: readonly (string | undefined)[]) => readonly StorageChange[],
    options?: WriteOptions,
  ): Promise<readonly (string | undefined)[]> {
    this.#checkOpen();
    return this.#update(keys, decide, options);
  }

  async lock(name: string, options: LockOptions): Promise<(() => Promise<void>) | undefined> {
    this.#checkOpen();
    return this.#locks.take(name, options);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#locks.close();
    await this.#flushing;
    await this.#exclusively(() => this.journal.close());
  }

  async #update(
    keys: readonly string[],
    decide: (values: readonly (string | undefined)[]) => readonly StorageChange[],
    options: WriteOptions = {},
  ): Promise<readonly (string | undefined)[]> {
    for (;;) {
      const { values, expects, generation } = await this.#exclusively(async () => {
        await this.journal.refresh();
        const seen: (string | undefined)[] = [];
        for (const key of keys) seen.push(await this.journal.read(key));
        return {
          values: seen,
          generation: this.journal.generation,
          expects: keys.map((key) => [key, this.journal.index.versionOf(key)] as const),
        };
      });
      const changes = decide(values);
      checkChanges(changes);
      if (changes.length === 0) return values;
      const entry = { ...journalEntry(changes, options), expects };
      if ((await this.#append(entry, generation)) === 'applied') return values;
    }
  }

  /** Resolves when the entry is on disk, or has been found void. */
  #append(entry: JournalEntry, generation?: number): Promise<LineFate> {
    return new Promise((settle, fail) => {
      const named = { by: `${this.#writer}:${++this.#appends}`, ...entry };
      const bytes = (entry.changes ?? []).reduce(
        (sum, [key, value]) => sum + key.length + (value?.length ?? 0),
        0,
      );
      this.#queue.push({ entry: named, generation, bytes, settle, fail });
      this.#flushing ??= this.#flushAll();
    });
  }

  async #flushAll(): Promise<void> {
    // What is queued in the same moment shares one write and one sync.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch();
      await this.#exclusively(() => this.#flush(batch)).catch((error: HoldfastError) => {
        for (const queued of batch) queued.fail(error);
      });
    }
    this.#flushing = undefined;
  }

  #takeBatch(): QueuedEntry[] {
    let bytes = 0;
    const batch: QueuedEntry[] = [];
    while (this.#queue.length > 0 && (batch.length === 0 || bytes + this.#queue[0]!.bytes <= flushBytesMax)) {
      const queued = this.#queue.shift()!;
      bytes += queued.bytes;
      batch.push(queued);
    }
    return batch;
  }

  async #flush(batch: readonly QueuedEntry[]): Promise<void> {
    const waiting = new Map(batch.map((queued) => [queued.entry.by!, queued]));
    for (;;) {
      const { generation } = this.journal;
      // Offsets say nothing about another journal: a key may stand there at the same one with another value.
      for (const [by, queued] of waiting) {
        if (queued.generation === undefined || queued.generation === generation) continue;
        waiting.delete(by);
        queued.settle('void');
      }
      if (waiting.size === 0) break;
      const failure = await this.journal
        .append([...waiting.values()].map(({ entry }) => entry))
        .catch(storageFailed);
      // Some lines may have been written whole, and everybody counts those; here they count once they are on disk.
      if (failure !== undefined) await this.journal.sync();
      const erasing: (() => void)[] = [];
      await this.journal.refresh((line, fate) => settleLine(waiting, line, fate, erasing));
      for (const settle of erasing) settle();
      if (waiting.size === 0) break;
      if (failure !== undefined) throw failure;
      if (this.journal.generation === generation) {
        throw new HoldfastError('storage-failed', 'The journal does not hold what was written to it.');
      }
      // What came behind a seal was not counted, and is written again in the next generation.
    }
    await this.journal.compactIfDue();
  }

  /** Operations on the journal take turns: each sees the file at one moment. */
  #exclusively<T>(operate: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(() => failing(operate));
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

/** @param erasing takes what is settled only once the next generation is in place and the one before is gone */
function settleLine(
  unsettled: Map<string, QueuedEntry>,
  { entry }: JournalLine,
  fate: LineFate,
  erasing: (() => void)[],
): void {
  const queued = entry.by === undefined ? undefined : unsettled.get(entry.by);
  if (queued === undefined) return;
  unsettled.delete(entry.by!);
  if (entry.seal === true && fate === 'applied') erasing.push(() => queued.settle(fate));
  else queued.settle(fate);
}

/** Changes and seal in one line: whoever reads that the one was made goes on to do the other. */
const journalEntry = (changes: readonly StorageChange[], { erase = false }: WriteOptions): JournalEntry => ({
  changes: changes.map(journalChange),
  ...(erase ? { seal: true } : {}),
});

const journalChange = ({ key, value }: StorageChange): JournalChange =>
  value === undefined ? [key] : [key, value];

function checkChanges(changes: readonly StorageChange[]): void {
  for (const { key, value } of changes) {
    if (key.length > limits.storageKeyLengthMax || (value?.length ?? 0) > limits.storageValueLengthMax) {
      throw new HoldfastError('storage-failed', 'A key or value is too long for the storage.');
    }
  }
}

async function failing<T>(operate: () => Promise<T>): Promise<T> {
  try {
    return await operate();
  } catch (cause) {
    throw storageFailed(cause);
  }
}

function storageFailed(cause: unknown): HoldfastError {
  if (cause instanceof HoldfastError) return cause;
  return new HoldfastError('storage-failed', `The folder cannot be used: ${String(cause)}`, {}, { cause });
}
