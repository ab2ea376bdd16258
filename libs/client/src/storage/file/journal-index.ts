/**
 * What the entries of one journal add up to: for each key where its value stands, and which line changed it last.
 * Pure: two processes that read the same bytes come to the same result, and so agree which conditional entries count.
 */
import { limits } from '../../limits.js';
import type { JournalLine } from './journal-lines.js';

/** A short value itself, a long one as its place: the line's bytes and the number of the change in it. */
export interface IndexedValue {
  /** The offset of the line that set it. */
  readonly offset: number;
  readonly length: number;
  readonly change: number;
  readonly inline: string | undefined;
  readonly size: number;
}

export type LineFate = 'applied' | 'void';

export class JournalIndex {
  readonly #values = new Map<string, IndexedValue>();
  #sortedKeys: string[] | undefined;
  #liveBytes = 0;
  #sealed = false;

  get sealed(): boolean {
    return this.#sealed;
  }

  /** About as many bytes as a journal with nothing but the present values would have. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  get(key: string): IndexedValue | undefined {
    return this.#values.get(key);
  }

  /** What `expects` is compared with. */
  versionOf(key: string): number {
    return this.#values.get(key)?.offset ?? 0;
  }

  /** All keys in order. */
  keys(): readonly string[] {
    this.#sortedKeys ??= [...this.#values.keys()].sort();
    return this.#sortedKeys;
  }

  /** Lines behind a seal are not to be handed in. */
  apply({ entry, offset, length }: JournalLine): LineFate {
    for (const [key, version] of entry.expects ?? []) if (this.versionOf(key) !== version) return 'void';
    if (entry.seal === true) this.#sealed = true;
    entry.changes?.forEach(([key, value], change) => {
      const old = this.#values.get(key);
      this.#liveBytes -= old?.size ?? 0;
      if ((old === undefined) !== (value === undefined)) this.#sortedKeys = undefined;
      if (value === undefined) {
        this.#values.delete(key);
        return;
      }
      const inline = value.length <= limits.journalInlineLengthMax ? value : undefined;
      const size = key.length + value.length;
      this.#values.set(key, { offset, length, change, inline, size });
      this.#liveBytes += size;
    });
    return 'applied';
  }
}
