/**
 * Brings crates to an archive and watches them until they have been delivered or have ended. The same envelope is
 * deposited again whenever it is uncertain whether an archive holds it: that does no harm, for a crate is named by its
 * hash. What is learnt is written down before anybody hears of it, so no status ever goes back.
 */
import { HoldfastError, limits as wire } from '@holdfast/protocol';
import type { Problem } from '../problem.js';
import { secondsOf, type Clock } from '../clock.js';
import { problemOf } from '../errors.js';
import { limits } from '../limits.js';
import type { ArchiveLink } from '../link/archive-link.js';
import type { Archives } from '../link/archives.js';
import { pause } from '../pacing.js';
import { Stopper, type StopSignal } from '../stopper.js';
import { newsOf } from './crate-news.js';
import { Deposits } from './deposits.js';
import { PollSchedule } from './poll-schedule.js';
import type { CrateKnowledge, SentCrate, SentStore } from './sent-store.js';
import { isSettled, sameStanding } from './status-lattice.js';
import {
  holdersOf,
  isHeldNowhere,
  isLostWithout,
  needsDeposit,
  trackedCrate,
  type TrackedCrate,
} from './tracked-crate.js';

export interface CourierParts {
  readonly archives: Archives;
  readonly store: SentStore;
  readonly clock: Clock;
  readonly report: (problem: Problem) => void;
  /** Told after every step of a crate, when it has been written down. */
  readonly moved: (crate: SentCrate, known: CrateKnowledge) => void;
}

export class Courier {
  readonly #tracked = new Map<string, TrackedCrate>();
  readonly #deposits: Deposits;
  readonly #schedule = new PollSchedule({
    minMs: limits.statusIntervalMinMs,
    maxMs: limits.statusIntervalMaxMs,
  });
  readonly #closing = new Stopper();
  readonly #stopListening: () => void;
  #wakePolling: (() => void) | undefined;
  #nextPollAt = Infinity;
  #polling: Promise<void> | undefined;

  constructor(private readonly parts: CourierParts) {
    this.#deposits = new Deposits({
      ...parts,
      closing: this.#closing,
      learn: (sent, news) => this.#learn(sent, news),
    });
    this.#stopListening = parts.archives.onOpen(() => this.#pollWithin(0));
  }

  /** How many crates are on their way. */
  get size(): number {
    return this.#tracked.size;
  }

  /** Takes care of a crate from now on. */
  track(sent: SentCrate, known: CrateKnowledge): void {
    if (this.#tracked.has(sent.crate) || isSettled(known) || this.#closing.aborted) return;
    const tracked = trackedCrate(sent, known);
    this.#tracked.set(sent.crate, tracked);
    if (needsDeposit(tracked, this.parts.archives.links)) this.#deposits.begin(tracked);
    this.#schedule.moved();
    this.#pollWithin(this.#schedule.nextMs());
    this.#polling ??= this.#pollAll();
  }

  /** The sender wants these back: what is not settled is recalled at the next opportunity. */
  async recall(crates: readonly SentCrate[]): Promise<void> {
    for (const sent of crates) {
      await this.#learn(sent, { recall: true });
      const tracked = this.#tracked.get(sent.crate);
      if (tracked !== undefined) await this.#recallOne(tracked);
    }
    this.#pollWithin(limits.statusIntervalMinMs);
  }

  /**
   * Asks for these crates now. Answers whether everything that is on its way was heard of; what no archive has yet
   * cannot be.
   */
  async ask(crates: readonly SentCrate[], signal: StopSignal | undefined): Promise<boolean> {
    const asked = crates.flatMap(({ crate }) => this.#tracked.get(crate) ?? []);
    const heardOf = new Set<TrackedCrate>();
    const ending = new Stopper(this.#closing, signal);
    await Promise.allSettled(
      this.parts.archives.links.map(async (link) => {
        const there = this.#askedAt(link, asked);
        await this.#askStatus(link, there, ending);
        for (const tracked of there) heardOf.add(tracked);
      }),
    );
    ending.release();
    return heardOf.size === asked.length;
  }

  /** Resolves when everything that waits for an archive has been tried once. */
  tried(): Promise<void> {
    return this.#deposits.tried();
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort();
    await this.#polling;
  }

  async #recallOne(tracked: TrackedCrate): Promise<void> {
    const { sent, notHeldAt } = tracked;
    for (const link of holdersOf(tracked, this.parts.archives.links)) {
      // After a deposit that is under way the archive could still take the crate: the next poll recalls it.
      if (tracked.uncertain || isSettled(tracked.known)) return;
      if (link.open === undefined || notHeldAt.has(link.url)) continue;
      const request = { op: 'recall', crate: sent.crate, secret: sent.recallSecret } as const;
      const answer = await link
        .request(request, 'crate-status', { signal: this.#closing })
        .catch((error: unknown) => {
          if (error instanceof HoldfastError && error.code === 'crate-not-found') {
            notHeldAt.add(link.url).add(link.archiveId ?? link.url);
          }
          return undefined;
        });
      if (answer !== undefined) await this.#heard(tracked, answer, link);
    }
    // What no archive has, or ever had, is back already.
    if (!tracked.uncertain && !isSettled(tracked.known) && isHeldNowhere(tracked)) {
      await this.#learn(sent, { end: 'recalled' });
    }
  }

  async #pollAll(): Promise<void> {
    while (this.#tracked.size > 0 && !this.#closing.aborted) {
      const { clock } = this.parts;
      if (this.#nextPollAt > clock.now()) {
        const delay = Math.min(this.#nextPollAt - clock.now(), limits.statusIntervalMaxMs);
        await pause(clock, delay, this.#closing, (wake) => this.#whenStirred(wake));
        continue;
      }
      this.#nextPollAt = clock.now() + this.#schedule.nextMs();
      await this.#poll().catch((error: unknown) => {
        if (!this.#closing.aborted) this.parts.report(problemOf(error));
      });
    }
    this.#polling = undefined;
  }

  async #poll(): Promise<void> {
    const now = secondsOf(this.parts.clock);
    for (const tracked of this.#tracked.values()) {
      const { sent, known } = tracked;
      const patience = known.progress === 'local' ? 0 : wire.clockSkewSecondsMax;
      if (now >= sent.expiresAt + patience) await this.#learn(sent, { end: 'expired' });
      else if (known.recall === true) await this.#recallOne(tracked);
    }
    for (const link of this.parts.archives.links) {
      if (link.open === undefined) continue;
      await this.#askStatus(link, this.#askedAt(link), this.#closing).catch((error: unknown) => {
        if (!(error instanceof HoldfastError && error.retryable)) throw error;
      });
    }
  }

  /** What the archive is asked for: nobody else need know of a crate. */
  #askedAt(link: ArchiveLink, among: Iterable<TrackedCrate> = this.#tracked.values()): TrackedCrate[] {
    return [...among].filter(
      (tracked) =>
        tracked.known.progress !== 'local' && holdersOf(tracked, this.parts.archives.links).includes(link),
    );
  }

  async #askStatus(link: ArchiveLink, asked: readonly TrackedCrate[], signal: StopSignal): Promise<void> {
    for (let i = 0; i < asked.length; i += wire.statusCratesMax) {
      const crates = asked.slice(i, i + wire.statusCratesMax).map(({ sent }) => sent.crate);
      const { statuses } = await link.request({ op: 'status', crates }, 'statuses', { signal });
      for (const status of statuses) {
        const tracked = this.#tracked.get(status.crate);
        if (tracked !== undefined) await this.#heard(tracked, status, link);
      }
    }
  }

  async #heard(
    tracked: TrackedCrate,
    status: Parameters<typeof newsOf>[0],
    link: ArchiveLink,
  ): Promise<void> {
    const { sent, known } = tracked;
    const place = { [link.url]: link.archiveId ?? '' };
    const heard = await newsOf(status, sent, known, place, secondsOf(this.parts.clock));
    if (heard.kind === 'news') return this.#learn(sent, heard.news);
    if (heard.kind === 'unbelievable') {
      const { detail } = heard;
      return this.parts.report({ code: 'answer-invalid', detail, url: link.url, id: sent.crate });
    }
    // It promised to keep the crate and has lost it: the sender still has it.
    if (known.recall !== true && isLostWithout(tracked, link)) this.#deposits.begin(tracked, link);
  }

  async #learn(sent: SentCrate, news: Partial<CrateKnowledge>): Promise<void> {
    const known = await this.parts.store.learn(sent.crate, news);
    const tracked = this.#tracked.get(sent.crate);
    if (tracked === undefined) return;
    const moved = !sameStanding(tracked.known, known);
    tracked.known = known;
    if (isSettled(known)) this.#tracked.delete(sent.crate);
    if (!moved) return;
    this.#pollWithin(limits.statusIntervalMinMs);
    this.parts.moved(sent, known);
  }

  #whenStirred(wake: () => void): () => void {
    this.#wakePolling = wake;
    return () => {
      this.#wakePolling = undefined;
    };
  }

  /** There is reason to ask sooner than was planned. */
  #pollWithin(delayMs: number): void {
    this.#schedule.moved();
    this.#nextPollAt = Math.min(this.#nextPollAt, this.parts.clock.now() + delayMs);
    this.#wakePolling?.();
  }
}
