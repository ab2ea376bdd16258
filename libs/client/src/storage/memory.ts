/** Storage that lives as long as the process: for programs that keep nothing, and for tests. */
import { abortedError, closedError } from '../errors.js';
import type { StopSignal } from '../stopper.js';
import type { ListOptions, LockOptions, Storage, StorageChange, StorageEntry } from './storage.js';
import { selectEntries } from './select-entries.js';

export function memoryStorage(): Storage {
  return new MemoryStorage();
}

class MemoryStorage implements Storage {
  readonly #entries = new Map<string, string>();
  /** The waiting ones behind each holder; a name that nobody holds has no list. */
  readonly #locks = new Map<string, (() => void)[]>();
  #closed = false;

  async get(key: string): Promise<string | undefined> {
    this.#checkOpen();
    return this.#entries.get(key);
  }

  async list(prefix: string, options: ListOptions = {}): Promise<readonly StorageEntry[]> {
    this.#checkOpen();
    return selectEntries([...this.#entries.keys()].sort(), prefix, options).map((key) => ({
      key,
      value: this.#entries.get(key)!,
    }));
  }

  /** Nothing is kept of what was replaced, whether that was asked for or not. */
  async write(changes: readonly StorageChange[]): Promise<void> {
    this.#checkOpen();
    for (const { key, value } of changes) {
      if (value === undefined) this.#entries.delete(key);
      else this.#entries.set(key, value);
    }
  }

  async update(
    keys: readonly string[],
    decide: (values: readonly (string | undefined)[]) => readonly StorageChange[],
  ): Promise<readonly (string | undefined)[]> {
    this.#checkOpen();
    const values = keys.map((key) => this.#entries.get(key));
    await this.write(decide(values));
    return values;
  }

  async lock(name: string, { wait, signal }: LockOptions): Promise<(() => Promise<void>) | undefined> {
    this.#checkOpen();
    if (signal?.aborted) throw abortedError();
    const queue = this.#locks.get(name);
    if (queue === undefined) this.#locks.set(name, []);
    else if (!wait) return undefined;
    else await this.#turn(queue, signal);
    let held = true;
    return async () => {
      if (held) this.#release(name);
      held = false;
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #turn(queue: (() => void)[], signal: StopSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        signal?.removeEventListener('abort', leave);
        queue.splice(queue.indexOf(enter), 1);
        reject(abortedError());
      };
      queue.push(enter);
      signal?.addEventListener('abort', leave);
    });
  }

  #release(name: string): void {
    const next = this.#locks.get(name)?.shift();
    if (next === undefined) this.#locks.delete(name);
    else next();
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}
