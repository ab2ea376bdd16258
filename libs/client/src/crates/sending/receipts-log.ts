/**
 * News of crates from an archive's receipts log (spec/custody.md, "Receipts log"): what left in an hour is downloaded
 * for everybody and matched here, so that the archive does not learn whose crates are looked for. Hours that are over
 * are read once and the place is kept; longer prefixes are asked for only when an hour has more than one answer holds.
 */
import {
  decodeBase64urlOf,
  HoldfastError,
  limits as wire,
  type Released,
  type ReleasedEntry,
} from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import type { ArchiveLink } from '../../link/archive-link.js';
import type { StopSignal } from '../../stopper.js';
import { limits } from '../../limits.js';
import { put, type Storage } from '../../storage/storage.js';
import type { SentCrate } from './sent-store.js';

const hourSeconds = 3600;
/** What was being committed at the end of an hour may still come into it during the next one. */
const hoursOpen = 2;

export interface ReceiptsLogParts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly closing: StopSignal;
  /** The crates that this archive may hold and whose fate is not known. */
  readonly lookedFor: (link: ArchiveLink) => readonly SentCrate[];
  /** Every entry of the log, whosever crate it is about. */
  readonly heard: (entry: ReleasedEntry, link: ArchiveLink) => Promise<void>;
  /** A part that cannot be divided further has more than one answer holds. */
  readonly unreadable: (shard: string, link: ArchiveLink) => void;
  /** Takes up crates that other programs on this storage have sent: an hour that is over is not read again. */
  readonly takeUp: () => Promise<void>;
}

interface Place {
  readonly archive: string;
  /** The first hour that may have news. */
  readonly epoch: number;
  /** How far the archive's clock was ahead of ours then. */
  readonly aheadSeconds?: number;
}

export class ReceiptsLog {
  /** Shards that have more than one answer holds, `epoch/shard` by the archive's URL: an hour only grows. */
  readonly #full = new Map<string, Set<string>>();

  constructor(private readonly parts: ReceiptsLogParts) {}

  /** Reads what has come since the last time. Rejects with codes of the link, and `answer-invalid`. */
  async read(link: ArchiveLink): Promise<void> {
    const open = link.open;
    if (open === undefined || this.parts.lookedFor(link).length === 0) return;
    const archiveNow = Math.floor((this.parts.clock.now() / 1000 + open.aheadSeconds) / hourSeconds);
    // An archive whose clock was ahead once is read from where it is now.
    let epoch = Math.min(archiveNow, await this.#start(link, open.archive, open.aheadSeconds));
    let isComplete = false;
    for (let hours = 0; hours < limits.receiptHoursMax; hours++) {
      if (epoch + hoursOpen <= archiveNow && !isComplete) {
        await this.parts.takeUp();
        isComplete = true;
      }
      const { now, next = now } = await this.#readHour(link, epoch);
      const isOver = epoch + hoursOpen <= now;
      if (isOver && !isComplete) {
        await this.parts.takeUp();
        isComplete = true;
        continue;
      }
      if (isOver) {
        this.#full.delete(link.url);
        await this.#keep(link.url, {
          archive: open.archive,
          epoch: Math.min(next, now - hoursOpen + 1),
          aheadSeconds: open.aheadSeconds,
        });
      }
      if (epoch >= now || this.parts.closing.aborted) return;
      epoch = next;
    }
  }

  async #readHour(link: ArchiveLink, epoch: number): Promise<Pick<Released, 'now' | 'next'>> {
    const first = await this.#readShard(link, epoch, '');
    if (first !== undefined && !first.more) return first;
    let now = first?.now ?? epoch;
    for (let digits = 1; digits <= wire.shardDigitsMax; digits++) {
      let isMore = false;
      for (const shard of this.#shardsOf(link, epoch, digits)) {
        const page = await this.#readShard(link, epoch, shard);
        now = Math.max(now, page?.now ?? 0);
        isMore ||= page?.more ?? true;
      }
      if (!isMore) break;
    }
    if (first === undefined) return { now, next: epoch + 1 };
    return { now, ...(first.next === undefined ? {} : { next: first.next }) };
  }

  /** The prefixes of that length that have crates of ours and were not read whole by a shorter one. */
  #shardsOf(link: ArchiveLink, epoch: number, digits: number): ReadonlySet<string> {
    const full = this.#full.get(link.url);
    const shards = new Set<string>();
    for (const { crate } of this.parts.lookedFor(link)) {
      const prefix = hexPrefix(crate);
      if (full?.has(`${epoch}/${prefix.slice(0, digits - 1)}`) === true) shards.add(prefix.slice(0, digits));
    }
    return shards;
  }

  /** Undefined for one that is known to have more than one answer holds, unless no longer prefix can be asked for. */
  async #readShard(link: ArchiveLink, epoch: number, shard: string): Promise<Released | undefined> {
    const name = `${epoch}/${shard}`;
    if (shard.length < wire.shardDigitsMax && this.#full.get(link.url)?.has(name) === true) return undefined;
    const { closing: signal, heard } = this.parts;
    const page = await link.request({ op: 'receipts', epoch, shard }, 'released', { signal });
    requirePart(page, epoch, shard, link.url);
    if (page.more) {
      const full = this.#full.get(link.url) ?? new Set();
      this.#full.set(link.url, full.add(name));
      if (shard.length === wire.shardDigitsMax) this.parts.unreadable(shard, link);
    }
    for (const entry of page.entries) await heard(entry, link);
    return page;
  }

  /** Where to go on, or the hour in which the oldest of our crates was sealed, by the archive's clock. */
  async #start(link: ArchiveLink, archive: string, aheadSeconds: number): Promise<number> {
    const text = await this.parts.storage.get(placeKey(link.url));
    const kept = text === undefined ? undefined : (JSON.parse(text) as Place);
    const aheadBefore = (kept?.archive === archive ? kept.aheadSeconds : undefined) ?? aheadSeconds;
    const sealed = this.parts
      .lookedFor(link)
      .reduce((least, { sealedAt }) => Math.min(least, sealedAt), Infinity);
    // An hour of slack: clocks are set now and then.
    const first = Math.max(0, Math.floor((sealed + Math.min(aheadSeconds, aheadBefore)) / hourSeconds) - 1);
    // An archive whose clock was set back goes through hours a second time: what left in them is new.
    const isSetBack = aheadBefore - aheadSeconds >= hourSeconds;
    return kept?.archive === archive && !isSetBack ? Math.max(kept.epoch, first) : first;
  }

  async #keep(url: string, place: Place): Promise<void> {
    await this.parts.storage.write([put(placeKey(url), JSON.stringify(place))]);
  }
}

/** Throws `answer-invalid`. */
function requirePart(page: Released, epoch: number, shard: string, url: string): void {
  const isAsked = page.epoch === epoch && page.shard === shard;
  const isLater = page.next === undefined || (page.next > epoch && page.next <= page.now);
  if (isAsked && isLater && page.entries.every(({ crate }) => isInShard(crate, shard))) return;
  throw new HoldfastError('answer-invalid', 'The archive answers with what its receipts log cannot have.', {
    url,
  });
}

const placeKey = (url: string): string => `receipts/${url}`;

/** Whether a crate is in that part of the log. */
export const isInShard = (crate: string, shard: string): boolean => hexPrefix(crate).startsWith(shard);

/** The first digits of a crate id in hexadecimal; none of what is no id. */
function hexPrefix(crate: string): string {
  const bytes = decodeBase64urlOf(crate, 32) ?? new Uint8Array();
  const hex = [...bytes.subarray(0, wire.shardDigitsMax / 2)].map((byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  return hex.join('');
}
