/**
 * The port behind which the client keeps what must outlive the process: its outbox, its mailbox keys, what it has
 * already handled, where follows stopped. A small ordered map from text to text. Keys are namespaced by prefixes
 * ("outbox/…") and ordered by UTF-16 code units. Every adapter passes test/storage-contract.ts.
 */
import type { StopSignal } from '../stopper.js';

/** `put` and `remove` make its changes. */
export interface Storage {
  /** The value, or undefined when there is none. */
  get(key: string): Promise<string | undefined>;

  /** The entries whose keys begin with `prefix`, in the order of the keys. */
  list(prefix: string, options?: ListOptions): Promise<readonly StorageEntry[]>;

  /**
   * Makes all the changes or none of them. Once it has resolved they are on disk: neither the end of the process nor
   * of the machine loses them (the memory adapter, of course, is the memory). Rejects with `storage-failed` when
   * nothing was changed.
   */
  write(changes: readonly StorageChange[], options?: WriteOptions): Promise<void>;

  /**
   * Reads some keys and writes what `decide` answers for their values, with nobody else, in this process or another,
   * changing those keys in between. `decide` is synchronous and may be called more than once. Answers what `decide`
   * saw last, and is as durable as `write`.
   */
  update(
    keys: readonly string[],
    decide: (values: readonly (string | undefined)[]) => readonly StorageChange[],
    options?: WriteOptions,
  ): Promise<readonly (string | undefined)[]>;

  /**
   * Takes a lock that only one holder has at a time, over all processes that share the storage, and that ends with
   * its holder's process. Answers what lets it go; undefined when `wait` is false and somebody else has it. Rejects
   * with `aborted` when the signal aborts first.
   */
  lock(name: string, options: LockOptions): Promise<(() => Promise<void>) | undefined>;

  /** Lets go of files and connections after what was begun has ended. Further calls reject with `closed`. */
  close(): Promise<void>;
}

export interface StorageEntry {
  readonly key: string;
  readonly value: string;
}

/** Sets the key to the value, or deletes it when the value is undefined. */
export interface StorageChange {
  readonly key: string;
  readonly value: string | undefined;
}

export interface WriteOptions {
  /**
   * What is replaced or removed is destroyed, and so is everything that was before: once it has resolved no file of the
   * storage has any of it. The memory of the process, and what a disk or a browser's database keeps of overwritten
   * files, are beyond its reach. Costs a copy of all that is stored. When it rejects the changes may have been made:
   * what is left of the old values then goes when the storage is next used.
   */
  readonly erase?: boolean;
}

export interface ListOptions {
  /** Only keys greater than this one. */
  readonly after?: string;
  /** At most so many entries; all when missing. */
  readonly limit?: number;
}

export interface LockOptions {
  /** Whether to wait for the holder to let go; otherwise a taken lock answers undefined at once. */
  readonly wait: boolean;
  /** Told who has the lock, for people ("process 4711"), whenever it is taken and that is known. */
  readonly onTaken?: (holder: string) => void;
  readonly signal?: StopSignal | undefined;
}

export const put = (key: string, value: string): StorageChange => ({ key, value });

export const remove = (key: string): StorageChange => ({ key, value: undefined });
