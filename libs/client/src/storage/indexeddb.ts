/**
 * Storage in the browser's IndexedDB, shared by the tabs of one origin. Transactions ask for strict durability, and
 * locks are Web Locks, which end with their tab. Ask for `navigator.storage.persist()` before keys depend on it. What is
 * erased is in the database no more; when its pages are written over the browser decides, and has no way to be asked.
 */
import { HoldfastError } from '@holdfast/protocol/core';
import { openDB, type IDBPDatabase } from 'idb';
import { abortedError, closedError } from '../errors.js';
import type { ListOptions, LockOptions, Storage, StorageChange, StorageEntry } from './storage.js';

const store = 'entries';

/** Opens, and if need be makes, the database. Rejects with `storage-failed`. */
export async function indexedDbStorage(name: string): Promise<Storage> {
  return failing(async () => {
    const database = await openDB(name, 1, {
      upgrade: (fresh) => void fresh.createObjectStore(store),
      // Another tab has a newer version of this program: let it go on.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });
    return new IndexedDbStorage(name, database);
  });
}

class IndexedDbStorage implements Storage {
  #closed = false;

  constructor(
    private readonly name: string,
    private readonly database: IDBPDatabase,
  ) {}

  async get(key: string): Promise<string | undefined> {
    this.#checkOpen();
    return failing(async () => (await this.database.get(store, key)) as string | undefined);
  }

  async list(prefix: string, { after, limit }: ListOptions = {}): Promise<readonly StorageEntry[]> {
    this.#checkOpen();
    const range = rangeOf(prefix, after);
    if (range === undefined) return [];
    return failing(async () => {
      const transaction = this.database.transaction(store);
      const [keys, values] = await Promise.all([
        transaction.store.getAllKeys(range, limit),
        transaction.store.getAll(range, limit),
      ]);
      return keys.map((key, i) => ({ key: key as string, value: values[i] as string }));
    });
  }

  async write(changes: readonly StorageChange[]): Promise<void> {
    await this.update([], () => changes);
  }

  async update(
    keys: readonly string[],
    decide: (values: readonly (string | undefined)[]) => readonly StorageChange[],
  ): Promise<readonly (string | undefined)[]> {
    this.#checkOpen();
    return failing(async () => {
      const transaction = this.database.transaction(store, 'readwrite', { durability: 'strict' });
      try {
        const values = (await Promise.all(keys.map((key) => transaction.store.get(key)))) as (
          string | undefined
        )[];
        for (const { key, value } of decide(values)) {
          // Their failures are those of the transaction, which is what is waited for.
          const done: Promise<unknown> =
            value === undefined ? transaction.store.delete(key) : transaction.store.put(value, key);
          done.catch(() => undefined);
        }
        await transaction.done;
        return values;
      } catch (error) {
        transaction.done.catch(() => undefined);
        if (!(error instanceof DOMException)) transaction.abort();
        throw error;
      }
    });
  }

  lock(name: string, { wait, signal }: LockOptions): Promise<(() => Promise<void>) | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      if (signal?.aborted) return reject(abortedError());
      const giveUp = new AbortController();
      const leave = (): void => giveUp.abort();
      signal?.addEventListener('abort', leave);
      const hold = (lock: Lock | null): Promise<void> | undefined => {
        signal?.removeEventListener('abort', leave);
        if (lock === null) {
          resolve(undefined);
          return undefined;
        }
        return new Promise<void>((release) => {
          resolve(async () => {
            release();
            await held;
          });
        });
      };
      const options = wait ? { signal: giveUp.signal } : { ifAvailable: true };
      const held: Promise<void> = navigator.locks
        .request(`holdfast/${this.name}/${name}`, options, hold)
        .catch(() => {
          signal?.removeEventListener('abort', leave);
          reject(abortedError());
        });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.database.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}

/** Keys have no character above this one: it is not a character. */
const beyondAll = '\uffff';

function rangeOf(prefix: string, after: string | undefined): IDBKeyRange | undefined {
  const end = prefix + beyondAll;
  if (after === undefined || after < prefix) return IDBKeyRange.bound(prefix, end);
  return after < end ? IDBKeyRange.bound(after, end, true) : undefined;
}

async function failing<T>(operate: () => Promise<T>): Promise<T> {
  try {
    return await operate();
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    throw new HoldfastError(
      'storage-failed',
      `The browser's database failed: ${cause.message}`,
      {},
      { cause },
    );
  }
}
