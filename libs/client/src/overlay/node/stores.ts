/** What is brought to other nodes, as promises: each ends once, with how many hold it, whatever becomes of the node. */
import type { Effect, Place, VerifiedItem } from '@holdfast/dht';
import type { NodeShell } from './node-shell.js';

export class Stores {
  readonly #open = new Map<number, (copies: number) => void>();

  constructor(private readonly shell: () => NodeShell | undefined) {}

  /** @param isPinned kept fresh there from now on. Resolves with 0 where there is no node. */
  store(place: Place, item: VerifiedItem, isPinned: boolean): Promise<number> {
    return new Promise((resolve) => {
      // Its effects are carried out after the call, when the number is known.
      const isTaken = this.shell()?.tell((node, nowMs) => {
        this.#open.set(node.store(place, item, { pinned: isPinned }, nowMs), resolve);
      });
      if (isTaken !== true) resolve(0);
    });
  }

  unpin(place: Place, { id }: VerifiedItem): void {
    this.shell()?.tell((node, nowMs) => node.unpin(place, id, nowMs));
  }

  stored({ store, copies }: Extract<Effect, { do: 'stored' }>): void {
    const resolve = this.#open.get(store);
    this.#open.delete(store);
    resolve?.(copies.reduce((sum, each) => sum + each, 0));
  }

  /** The node is over. */
  endAll(): void {
    for (const resolve of this.#open.values()) resolve(0);
    this.#open.clear();
  }
}
