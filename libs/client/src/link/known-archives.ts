/**
 * Which archive answers at which address: named by the settings, or kept in the storage when the address is first
 * used (spec/crates.md, "Collecting"). A mailbox is proven to an archive by its id, so an address that could change
 * its id from one greeting to the next could have mailboxes proven to whatever archive it likes.
 */
import { HoldfastError } from '@holdfast/protocol/core';
import type { ArchiveAddress } from '../client.js';
import { put, type Storage } from '../storage/storage.js';

const place = (url: string): string => `archive/${url}`;

export class KnownArchives {
  readonly #ids = new Map<string, string>();
  /** Known before this client met them. */
  readonly #established = new Set<string>();
  /** Named by the settings otherwise than what is kept, and not met under that name yet. */
  readonly #renamed = new Set<string>();

  constructor(
    private readonly storage: Storage,
    private readonly failed: (error: unknown) => void,
  ) {}

  async load(addresses: readonly ArchiveAddress[]): Promise<void> {
    await Promise.all(
      addresses.map(async ({ url, id }) => {
        const kept = await this.storage.get(place(url));
        const known = id ?? kept;
        if (known === undefined) return;
        this.#ids.set(url, known);
        this.#established.add(url);
        if (kept !== known) this.#renamed.add(url);
      }),
    ).catch(this.failed);
  }

  idOf(url: string): string | undefined {
    return this.#ids.get(url);
  }

  isEstablished(url: string): boolean {
    return this.#established.has(url);
  }

  /** It has said hello under this id. What another process has kept meanwhile stays, unless the settings name this one. */
  keep(url: string, id: string): void {
    const isRenamed = this.#renamed.delete(url);
    if (this.#ids.has(url) && !isRenamed) return;
    this.#ids.set(url, id);
    this.storage
      .update([place(url)], ([kept]) => (kept === undefined || isRenamed ? [put(place(url), id)] : []))
      .catch((error: unknown) => {
        // A client that was closed at once has learnt nothing that it would miss.
        if (!(error instanceof HoldfastError && error.code === 'closed')) this.failed(error);
      });
  }
}
