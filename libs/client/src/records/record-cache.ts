/**
 * Records that have passed through this client, the least recently used ones dropped beyond a number of bytes: the
 * local place that `get` asks first. It lives in memory; a retraction by the author takes its records out.
 */
import { systemCollections, type HoldfastRecord } from '@holdfast/protocol/core';

export class RecordCache {
  /** In the order of use, the longest unused first. */
  readonly #records = new Map<string, HoldfastRecord>();
  #bytes = 0;
  /** Told of every record that comes in. */
  added: ((record: HoldfastRecord) => void) | undefined;

  constructor(private readonly bytesMax: number) {}

  /** @param now NumericDate, seconds */
  get(id: string, now: number): HoldfastRecord | undefined {
    const record = this.#records.get(id);
    if (record === undefined) return undefined;
    // Nobody answers with it from then on (spec/records.md, "Expiry").
    if (record.exp !== undefined && record.exp <= now) return void this.#remove(id);
    this.#records.delete(id);
    this.#records.set(id, record);
    return record;
  }

  /** The most recently used ones, the latest last. */
  latest(countMax: number): HoldfastRecord[] {
    return [...this.#records.values()].slice(-countMax);
  }

  add(record: HoldfastRecord): void {
    this.#remove(record.id);
    this.#records.set(record.id, record);
    this.#bytes += record.jws.length;
    if (record.collection === systemCollections.retractions) this.#retract(record);
    this.added?.(record);
    for (const id of this.#records.keys()) {
      if (this.#bytes <= this.bytesMax) break;
      this.#remove(id);
    }
  }

  #retract(retraction: HoldfastRecord): void {
    for (const id of retraction.refs ?? []) {
      if (this.#records.get(id)?.author === retraction.author) this.#remove(id);
    }
  }

  #remove(id: string): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    this.#records.delete(id);
    this.#bytes -= record.jws.length;
  }
}
