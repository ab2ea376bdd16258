/**
 * The newest entries of the log, kept in memory once for all followers. They are kept as they stand now: an entry that
 * a later one surpasses is no head any more, and what is retracted loses its text, so that a follower which comes late
 * is not sent what an ordinary query would not show. Bounded in count and bytes; `floor` says from where it is complete.
 */
import { systemCollections } from '@holdfast/protocol';

export interface LogEntry {
  readonly seq: number;
  readonly id: string;
  readonly author: string;
  readonly collection: string;
  readonly key?: string;
  readonly topics: readonly string[];
  readonly iat: number;
  readonly exp?: number;
  head: boolean;
  /** Undefined once the author has retracted the record. */
  jws: string | undefined;
}

export interface Retraction {
  readonly target: string;
  readonly author: string;
}

export class RecentEntries {
  private readonly entries: LogEntry[] = [];
  private readonly byId = new Map<string, LogEntry>();
  private readonly heads = new Map<string, LogEntry>();
  private bytes = 0;
  private lastSeq: number;
  private floorSeq: number;

  /** @param start everything up to here is older than what is kept */
  constructor(
    start: number,
    private readonly bounds: { readonly entries: number; readonly bytes: number },
  ) {
    this.lastSeq = start;
    this.floorSeq = start;
  }

  /** Entries after this seq are all here. */
  get floor(): number {
    return this.floorSeq;
  }

  get last(): number {
    return this.lastSeq;
  }

  /** @param entries the next ones of the log, in its order */
  append(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      this.lastSeq = entry.seq;
      this.entries.push(entry);
      this.byId.set(entry.id, entry);
      this.bytes += entry.jws?.length ?? 0;
      if (entry.key === undefined || !entry.head) continue;
      const name = headName(entry);
      const former = this.heads.get(name);
      if (former !== undefined) former.head = false;
      this.heads.set(name, entry);
    }
    this.trim();
  }

  retract(retractions: readonly Retraction[]): void {
    for (const { target, author } of retractions) {
      const entry = this.byId.get(target);
      if (entry === undefined || entry.author !== author) continue;
      if (entry.collection === systemCollections.retractions) continue;
      this.bytes -= entry.jws?.length ?? 0;
      entry.jws = undefined;
    }
  }

  find(id: string): LogEntry | undefined {
    return this.byId.get(id);
  }

  /** The entries after `seq`, oldest first. */
  *after(seq: number): Iterable<LogEntry> {
    for (let i = this.indexAfter(seq); i < this.entries.length; i++) yield this.entries[i]!;
  }

  private indexAfter(seq: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.entries[middle]!.seq <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private trim(): void {
    let count = 0;
    let bytes = this.bytes;
    while (this.entries.length - count > this.bounds.entries || bytes > this.bounds.bytes) {
      bytes -= this.entries[count]!.jws?.length ?? 0;
      count += 1;
    }
    this.bytes = bytes;
    for (const entry of this.entries.splice(0, count)) {
      this.floorSeq = entry.seq;
      this.byId.delete(entry.id);
      const name = headName(entry);
      if (this.heads.get(name) === entry) this.heads.delete(name);
    }
  }
}

const headName = ({ author, collection, key }: LogEntry): string => `${author} ${collection} ${key ?? ''}`;
