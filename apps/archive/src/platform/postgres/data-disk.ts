/**
 * How much room is left on the disk of the embedded PostgreSQL, so that nothing is promised that it could not write down.
 * What another PostgreSQL has is not known here. Looked up at most once in a moment; what has been taken since is counted
 * twice, for the table and for the write-ahead log.
 */
import { statfs } from 'node:fs/promises';

export interface DataDiskInit {
  /** Undefined: the database is elsewhere, and never full as far as this is known. */
  readonly folder: string | undefined;
  /** What is to stay free, for everything but crates. */
  readonly reserveBytes: number;
  readonly freshMs: number;
  /** Bytes that are free to this user. */
  readonly freeBytesOf?: (folder: string) => Promise<number>;
}

const writesOfAByte = 2;

export class DataDisk {
  private free = Number.POSITIVE_INFINITY;
  private taken = 0;
  private lookedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly init: DataDiskInit) {}

  /** As far as it was last looked up; undefined when the database is elsewhere. */
  get freeBytes(): number | undefined {
    return this.init.folder === undefined ? undefined : Math.max(0, this.free - this.taken);
  }

  /** Looks at the disk, unless that was done a moment ago. */
  async look(nowMs: number): Promise<void> {
    const { folder, freshMs, freeBytesOf = freeBytesAt } = this.init;
    if (folder === undefined || Math.abs(nowMs - this.lookedAt) < freshMs) return;
    this.free = await freeBytesOf(folder);
    this.taken = 0;
    this.lookedAt = nowMs;
  }

  has(bytes: number): boolean {
    return this.free - this.taken - bytes * writesOfAByte >= this.init.reserveBytes;
  }

  take(bytes: number): void {
    this.taken += bytes * writesOfAByte;
  }
}

async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
