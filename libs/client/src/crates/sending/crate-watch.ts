/**
 * Hears how crates fare: from the receipts logs of the archives that may hold them, which tells nobody which crates
 * are the sender's; by their ids only where it must be. An archive that was asked to bring a crate elsewhere is asked
 * until the crate is durable, and each that took a deposit once after its link has opened again, for it may have lost
 * it. With `statusBy: 'id'` all of them are asked by id, as often as their logs would be read.
 */
import { HoldfastError, limits as wire, type CrateStatus } from '@holdfast/protocol';
import type { Problem } from '../../problem.js';
import { secondsOf, type Clock } from '../../clock.js';
import { problemOf } from '../../errors.js';
import { limits } from '../../limits.js';
import type { ArchiveLink, Asking } from '../../link/archive-link.js';
import type { Archives } from '../../link/archives.js';
import { pause } from '../../pacing.js';
import { Stopper, type StopSignal } from '../../stopper.js';
import type { Storage } from '../../storage/storage.js';
import { hasAccepted, holdersOf } from './holders.js';
import { askedName } from './placement.js';
import { PollSchedule } from './poll-schedule.js';
import { isInShard, ReceiptsLog } from './receipts-log.js';
import { isExpired, type TrackedCrate } from './tracked-crate.js';

export interface CrateWatchParts {
  readonly archives: Archives;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly closing: StopSignal;
  readonly statusBy: 'log' | 'id';
  /** By crate. */
  readonly tracked: ReadonlyMap<string, TrackedCrate>;
  readonly report: (problem: Problem) => void;
  readonly heard: (tracked: TrackedCrate, status: CrateStatus, link: ArchiveLink) => Promise<void>;
  readonly expire: (tracked: TrackedCrate) => Promise<void>;
  readonly recall: (tracked: TrackedCrate) => Promise<void>;
  readonly takeUp: () => Promise<void>;
}

export class CrateWatch {
  readonly #schedule = new PollSchedule({
    minMs: limits.statusIntervalMinMs,
    maxMs: limits.statusIntervalMaxMs,
  });
  readonly #log: ReceiptsLog;
  #wakePolling: (() => void) | undefined;
  #nextPollAt = Infinity;
  #polling: Promise<void> | undefined;
  /** The archives that have been asked and have not answered yet. */
  readonly #asked = new Map<ArchiveLink, Promise<void>>();

  constructor(private readonly parts: CrateWatchParts) {
    this.#log = new ReceiptsLog({
      ...parts,
      lookedFor: (link) => this.#heldAt(link).map(({ sent }) => sent),
      heard: async (entry, link) => {
        const tracked = parts.tracked.get(entry.crate);
        if (tracked !== undefined) await parts.heard(tracked, entry, link);
      },
      unreadable: (shard, link) => {
        for (const tracked of this.#heldAt(link)) {
          if (isInShard(tracked.sent.crate, shard)) tracked.confirmedIn.delete(link.url);
        }
      },
    });
  }

  /** There is a new crate to watch. */
  begin(): void {
    this.#schedule.moved();
    this.within(this.#schedule.nextMs());
    this.#polling ??= this.#pollAll();
  }

  /** There is reason to ask sooner than was planned. */
  within(delayMs: number): void {
    this.#schedule.moved();
    this.#nextPollAt = Math.min(this.#nextPollAt, this.parts.clock.now() + delayMs);
    this.#wakePolling?.();
  }

  /** The archive is asked about this crate by its id at the next poll. */
  askNext(tracked: TrackedCrate, link: ArchiveLink): void {
    tracked.confirmedIn.delete(link.url);
    this.within(0);
  }

  /** Asks for these now, by their ids, whoever can be reached. Answers whether all of them were heard of. */
  async ask(asked: readonly TrackedCrate[], signal: StopSignal | undefined): Promise<boolean> {
    const heardOf = new Set<TrackedCrate>();
    const ending = new Stopper(this.parts.closing, signal);
    await Promise.allSettled(
      this.parts.archives.links.map(async (link) => {
        const there = this.#heldAt(link, asked);
        await this.#askStatus(link, there, { signal: ending, isImpatient: true });
        for (const tracked of there) heardOf.add(tracked);
      }),
    );
    ending.release();
    return heardOf.size === asked.length;
  }

  async close(): Promise<void> {
    this.#wakePolling?.();
    await this.#polling;
    await Promise.all(this.#asked.values());
  }

  async #pollAll(): Promise<void> {
    const { clock, closing, tracked } = this.parts;
    while (tracked.size > 0 && !closing.aborted) {
      if (this.#nextPollAt > clock.now()) {
        const delay = Math.min(this.#nextPollAt - clock.now(), limits.statusIntervalMaxMs);
        await pause(clock, delay, closing, (wake) => this.#whenStirred(wake));
        continue;
      }
      this.#nextPollAt = clock.now() + this.#schedule.nextMs() * (0.75 + clock.random() / 2);
      await this.#poll().catch((error: unknown) => this.#failed(error));
    }
    this.#polling = undefined;
  }

  async #poll(): Promise<void> {
    const now = secondsOf(this.parts.clock);
    for (const tracked of this.parts.tracked.values()) {
      if (isExpired(tracked, now)) await this.parts.expire(tracked);
      else if (tracked.known.recall === true) {
        this.parts.recall(tracked).catch((error: unknown) => this.#failed(error));
      }
    }
    for (const link of this.parts.archives.links) {
      // Beside each other: one that does not answer holds up no news from the others.
      if (link.open === undefined || this.#asked.has(link)) continue;
      const asking = this.#pollAt(link)
        .catch((error: unknown) => this.#failed(error, link))
        .finally(() => this.#asked.delete(link));
      this.#asked.set(link, asking);
    }
  }

  async #pollAt(link: ArchiveLink): Promise<void> {
    const { closing, statusBy } = this.parts;
    const held = this.#heldAt(link);
    if (statusBy === 'id') return this.#askStatus(link, held, { signal: closing });
    await this.#askStatus(
      link,
      held.filter((tracked) => isOwed(tracked, link)),
      { signal: closing },
    );
    await this.#log.read(link);
  }

  /** Those that the archive may hold: nobody else need know of a crate. */
  #heldAt(link: ArchiveLink, among: Iterable<TrackedCrate> = this.parts.tracked.values()): TrackedCrate[] {
    const { links } = this.parts.archives;
    return [...among].filter(
      (tracked) => tracked.known.progress !== 'local' && holdersOf(tracked, links).includes(link),
    );
  }

  async #askStatus(link: ArchiveLink, asked: readonly TrackedCrate[], asking: Asking): Promise<void> {
    for (let i = 0; i < asked.length; i += wire.statusCratesMax) {
      const crates = asked.slice(i, i + wire.statusCratesMax).map(({ sent }) => sent.crate);
      const { statuses } = await link.request({ op: 'status', crates }, 'statuses', asking);
      for (const status of statuses) {
        const tracked = this.parts.tracked.get(status.crate);
        if (tracked !== undefined) await this.parts.heard(tracked, status, link);
      }
    }
  }

  #failed(error: unknown, link?: ArchiveLink): void {
    if (this.parts.closing.aborted || (error instanceof HoldfastError && error.retryable)) return;
    this.parts.report({ ...problemOf(error), ...(link === undefined ? {} : { url: link.url }) });
  }

  #whenStirred(wake: () => void): () => void {
    this.#wakePolling = wake;
    return () => {
      this.#wakePolling = undefined;
    };
  }
}

/** Whether the archive must be asked for the crate by its id. */
function isOwed({ known, confirmedIn }: TrackedCrate, link: ArchiveLink): boolean {
  if (!hasAccepted(known, link) || known.places?.[link.url] === undefined) return false;
  if (confirmedIn.get(link.url) !== link.open?.session) return true;
  const isEntry = known.asked?.some((name) => name.startsWith(askedName(link.url, ''))) === true;
  return isEntry && known.progress === 'accepted';
}
