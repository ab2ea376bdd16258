/**
 * Where a named follow keeps its place. One process at a time may follow under a name. Saving does not hold up the
 * loop: while one save is under way the newest place waits, and is saved next.
 */
import { HoldfastError, type FollowFilter } from '@holdfast/protocol/core';
import { limits } from '../limits.js';
import { put, type Storage } from '../storage/storage.js';
import { parsePlaces, type FollowPlaces } from './follow-cursor.js';

export interface KeptFollow {
  readonly places: FollowPlaces;
  readonly seen: readonly string[];
}

export class FollowStore {
  readonly #key: string;
  readonly #filter: string;
  #unlock: (() => Promise<void>) | undefined;
  #next: (() => string) | undefined;
  #saving: Promise<void> | undefined;
  #saved = '';

  constructor(
    private readonly storage: Storage,
    private readonly name: string,
    filter: FollowFilter,
    private readonly keepSeen: boolean,
    private readonly failed: (error: unknown) => void,
  ) {
    if (name === '' || name.length > limits.followNameLengthMax) {
      throw new HoldfastError(
        'settings-invalid',
        `A follow's name has 1 to ${limits.followNameLengthMax} characters.`,
      );
    }
    this.#key = `follow/${name}`;
    this.#filter = JSON.stringify(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** What was kept; undefined for a new name. Rejects with `in-use` and `cursor-invalid`. */
  async open(): Promise<KeptFollow | undefined> {
    let holder = 'another program';
    this.#unlock = await this.storage.lock(this.#key, {
      wait: false,
      onTaken: (process) => (holder = `another program (${process})`),
    });
    if (this.#unlock === undefined) {
      throw new HoldfastError(
        'in-use',
        `The name "${this.name}" is being followed by ${holder} that shares this storage.`,
      );
    }
    const text = await this.storage.get(this.#key);
    if (text === undefined) return undefined;
    this.#saved = text;
    const { filter, places, seen } = JSON.parse(text) as {
      filter: string;
      places: FollowPlaces;
      seen?: string[];
    };
    const known = filter === this.#filter ? parsePlaces(JSON.stringify(places)) : undefined;
    if (known !== undefined) return { places: known, seen: seen ?? [] };
    await this.close();
    throw new HoldfastError(
      'cursor-invalid',
      `The name "${this.name}" belongs to a follow with another filter.`,
    );
  }

  /** Soon after, the place is kept; only the newest one of several. */
  save(places: FollowPlaces, newestSeen: () => readonly string[]): void {
    this.#next = () =>
      JSON.stringify({ filter: this.#filter, places, ...(this.keepSeen ? { seen: newestSeen() } : {}) });
    this.#saving ??= this.#saveAll();
  }

  async close(): Promise<void> {
    await this.#saving;
    const unlock = this.#unlock;
    this.#unlock = undefined;
    await unlock?.();
  }

  async #saveAll(): Promise<void> {
    while (this.#next !== undefined) {
      const text = this.#next();
      this.#next = undefined;
      if (text === this.#saved) continue;
      try {
        await this.storage.write([put(this.#key, text)]);
        this.#saved = text;
      } catch (error) {
        this.failed(error);
      }
    }
    this.#saving = undefined;
  }
}
