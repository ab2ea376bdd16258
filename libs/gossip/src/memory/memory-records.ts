/**
 * An archive's records in memory, as PostgreSQL keeps them: a log, tombstones, and retractions that apply in whatever order
 * they come. It passes the contract that the archive's own store passes.
 */
import {
  decodeBase64url,
  HoldfastError,
  isInScope,
  systemCollections,
  type HoldfastRecord,
  type PublishStatus,
  type Result,
  type Scope,
} from '@holdfast/protocol';
import { SortedArray, type SetStorage } from '@holdfast/reconcile';
import { gossipLimits } from '../limits.js';
import type {
  AgreedScope,
  FoundRecords,
  News,
  Page,
  ReconcilableSet,
  RecordStore,
  TakenIn,
} from '../ports.js';
import { isInAgreedScope } from '../scope.js';
import { Growth } from './growth.js';

/** Reads a record, expired or not. `now` is NumericDate. */
export type Verify = (jws: string, now: number) => Result<HoldfastRecord> | Promise<Result<HoldfastRecord>>;

export interface MemoryRecordsOptions {
  readonly verify: Verify;
  nowMs(): number;
  /** What this archive keeps; everything, unless it is given. */
  readonly scope?: Scope;
}

interface Entry {
  readonly seq: number;
  readonly storedMs: number;
  readonly record: HoldfastRecord;
  isRetracted: boolean;
}

export class MemoryRecords implements RecordStore {
  readonly #log: Entry[] = [];
  readonly #byId = new Map<string, Entry>();
  /** `target author`: whoever wrote the target may take it back. */
  readonly #retractions = new Set<string>();
  readonly #growth = new Growth();

  constructor(private readonly options: MemoryRecordsOptions) {}

  async publish(jws: string): Promise<PublishStatus> {
    const [outcome] = await this.takeIn([jws]);
    if (outcome instanceof HoldfastError) throw outcome;
    return outcome!;
  }

  /** Ids of what is held and not retracted, sorted. */
  ids(scope: AgreedScope = []): string[] {
    return this.#held(scope)
      .map(({ record }) => record.id)
      .sort();
  }

  async count(scope: AgreedScope): Promise<number> {
    return this.#held(scope).length;
  }

  async lastSeq(): Promise<number> {
    return this.#growth.last;
  }

  async newsAfter(after: number, scope: AgreedScope): Promise<News> {
    this.#checkCursor(after);
    const ids: string[] = [];
    let upTo = after;
    while (upTo < this.#log.length && ids.length < gossipLimits.newsIdsMax) {
      const entry = this.#log[upTo]!;
      upTo = entry.seq;
      if (isMeant(entry, scope)) ids.push(entry.record.id);
    }
    const entry = this.#log[upTo - 1];
    const isLast = upTo === this.#growth.last || entry === undefined;
    const ageSeconds = isLast ? 0 : Math.max(0, (this.options.nowMs() - entry.storedMs) / 1000);
    return { ids, upTo, ageSeconds, last: this.#growth.last };
  }

  async pageAfter(after: number, scope: AgreedScope): Promise<Page> {
    this.#checkCursor(after);
    const records: string[] = [];
    let bytes = 0;
    let upTo = after;
    for (const entry of this.#log.slice(after)) {
      const isInPage = isMeant(entry, scope);
      if (isInPage) {
        bytes += entry.record.jws.length;
        if (records.length > 0 && bytes > gossipLimits.pageBytesMax) break;
        if (records.length >= gossipLimits.pageRecordsMax) break;
        records.push(entry.record.jws);
      }
      upTo = entry.seq;
    }
    return { records, upTo, last: this.#growth.last };
  }

  beyond(seq: number, signal: AbortSignal): Promise<void> {
    return this.#growth.beyond(seq, signal);
  }

  async recordsOf(ids: readonly string[]): Promise<FoundRecords> {
    const records: string[] = [];
    const gone: string[] = [];
    let bytes = 0;
    for (const id of ids) {
      const entry = this.#byId.get(id);
      if (entry === undefined || entry.isRetracted) gone.push(id);
      else {
        bytes += entry.record.jws.length;
        if (records.length === 0 || bytes <= gossipLimits.answerBytesMax) records.push(entry.record.jws);
      }
    }
    return { records, gone };
  }

  async missing(ids: readonly string[]): Promise<string[]> {
    return ids.filter((id) => !this.#byId.has(id));
  }

  async takeIn(records: readonly string[]): Promise<TakenIn[]> {
    const now = Math.floor(this.options.nowMs() / 1000);
    const verified: Result<HoldfastRecord>[] = [];
    for (const jws of records) {
      const verdict = this.options.verify(jws, now);
      verified.push(verdict instanceof Promise ? await verdict : verdict);
    }
    const outcomes = verified.map((result) => {
      if (!result.ok) return new HoldfastError(result.code, result.detail);
      const { scope = {} } = this.options;
      if (isInScope(scope, scoped(result.value))) return this.#append(result.value);
      return new HoldfastError('record-out-of-scope', 'This archive does not keep such records.');
    });
    this.#growth.tell();
    return outcomes;
  }

  async openSet(scope: AgreedScope): Promise<ReconcilableSet> {
    const items = this.#held(scope).map(({ record }) => ({
      time: record.iat,
      id: decodeBase64url(record.id)!,
    }));
    const storage = new SortedArray(items);
    return {
      size: items.length,
      run: async <Outcome>(step: (storage: SetStorage) => Outcome) => step(storage),
      close: () => undefined,
    };
  }

  #append(record: HoldfastRecord): PublishStatus {
    const known = this.#byId.get(record.id);
    if (known !== undefined) return known.isRetracted ? 'retracted' : 'known';
    const isRetraction = record.collection === systemCollections.retractions;
    const isRetracted = !isRetraction && this.#retractions.has(`${record.id} ${record.author}`);
    const seq = this.#growth.grow();
    const entry = { seq, storedMs: this.options.nowMs(), record, isRetracted };
    this.#log.push(entry);
    this.#byId.set(record.id, entry);
    if (isRetraction) for (const target of record.refs ?? []) this.#retract(target, record.author);
    return isRetracted ? 'retracted' : 'stored';
  }

  #retract(target: string, author: string): void {
    this.#retractions.add(`${target} ${author}`);
    const entry = this.#byId.get(target);
    if (entry === undefined || entry.record.author !== author) return;
    if (entry.record.collection !== systemCollections.retractions) entry.isRetracted = true;
  }

  #held(scope: AgreedScope): Entry[] {
    return this.#log.filter((entry) => isMeant(entry, scope));
  }

  #checkCursor(after: number): void {
    if (after <= this.#growth.last) return;
    throw new HoldfastError('cursor-invalid', 'The cursor is not one that this archive has handed out.');
  }
}

const isMeant = ({ isRetracted, record }: Entry, scope: AgreedScope): boolean =>
  !isRetracted && isInAgreedScope(scope, scoped(record));

const scoped = ({ author, collection, topics = [], iat }: HoldfastRecord) => ({
  author,
  collection,
  topics,
  iat,
});
