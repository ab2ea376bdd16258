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
import { isFinal, pause, retrying, Slots } from '../pacing.js';
import { Stopper } from '../stopper.js';
import { newsOf } from './crate-news.js';
import { PollSchedule } from './poll-schedule.js';
import type { CrateKnowledge, SentCrate, SentStore } from './sent-store.js';
import { isSettled, sameStanding } from './status-lattice.js';

export interface CourierParts {
  readonly archives: Archives;
  readonly store: SentStore;
  readonly clock: Clock;
  readonly report: (problem: Problem) => void;
  /** Told after every step of a crate, when it has been written down. */
  readonly moved: (crate: SentCrate, known: CrateKnowledge) => void;
}

interface Tracked {
  readonly sent: SentCrate;
  known: CrateKnowledge;
  /** A deposit is tried again and again until it succeeds. */
  depositing: boolean;
  /** A deposit is on the wire: nobody can say whether the archive has the crate. */
  uncertain: boolean;
}

export class Courier {
  readonly #tracked = new Map<string, Tracked>();
  readonly #slots = new Slots(limits.depositConcurrency);
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
    this.#stopListening = parts.archives.onOpen(() => this.#pollWithin(0));
  }

  /** How many crates are on their way. */
  get size(): number {
    return this.#tracked.size;
  }

  /** Takes care of a crate from now on. */
  track(sent: SentCrate, known: CrateKnowledge): void {
    if (this.#tracked.has(sent.crate) || isSettled(known) || this.#closing.aborted) return;
    const tracked = { sent, known, depositing: false, uncertain: false };
    this.#tracked.set(sent.crate, tracked);
    if (known.progress === 'local') this.#deposit(tracked);
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

  async close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort();
    await this.#polling;
  }

  #deposit(tracked: Tracked): void {
    if (tracked.depositing) return;
    tracked.depositing = true;
    this.#slots
      .run(() => this.#depositOne(tracked))
      .catch((error: unknown) => {
        if (!this.#closing.aborted) this.parts.report({ ...problemOf(error), id: tracked.sent.crate });
      })
      .finally(() => {
        tracked.depositing = false;
      });
  }

  async #depositOne(tracked: Tracked): Promise<void> {
    const { archives, clock, store } = this.parts;
    const signal = this.#closing;
    const { crate, collectedAt } = tracked.sent;
    await retrying(
      async (failures) => {
        if (signal.aborted || isSettled(tracked.known) || tracked.known.recall === true) return;
        const envelope = await store.envelope(crate);
        if (envelope === undefined) return;
        const open = await archives.whenOpen({ signal });
        const named = archives.links.find(
          (link) => link.open !== undefined && collectedAt.includes(link.url),
        );
        const link = failures === 0 ? (named ?? open) : archives.alternative(open, failures);
        await this.#depositAt(link, tracked, envelope);
      },
      {
        clock,
        signal,
        backoff: { baseMs: limits.outboxBackoffBaseMs, maxMs: limits.outboxBackoffMaxMs },
        wake: (callback) => archives.onOpen(callback),
      },
    );
  }

  async #depositAt(link: ArchiveLink, tracked: Tracked, envelope: string): Promise<void> {
    const { crate } = tracked.sent;
    tracked.uncertain = true;
    try {
      const answer = await link.request({ op: 'deposit', envelope }, 'deposited', {
        signal: this.#closing,
      });
      if (answer.crate !== crate) {
        throw new HoldfastError('answer-invalid', 'The archive confirmed another crate.', { url: link.url });
      }
    } catch (error) {
      const code = error instanceof HoldfastError ? error.code : undefined;
      if (code === 'crate-expired') return this.#learn(tracked.sent, { end: 'expired' });
      if (code !== 'crate-gone') throw this.#tolerable(error, tracked);
    } finally {
      tracked.uncertain = false;
    }
    // Whatever has become of it since, the archive has had it: the next poll tells.
    await this.#learn(tracked.sent, { progress: 'accepted', archive: link.archiveId ?? '' });
    this.#pollWithin(limits.statusIntervalMinMs);
  }

  /** No refusal is the last word before the crate expires: another archive, or this one tomorrow, may take it. */
  #tolerable(error: unknown, tracked: Tracked): unknown {
    if (!(error instanceof HoldfastError) || !isFinal(error) || this.#closing.aborted) return error;
    this.parts.report({ ...problemOf(error), id: tracked.sent.crate });
    return new HoldfastError('unavailable', error.message, error.data, { cause: error });
  }

  async #recallOne(tracked: Tracked): Promise<void> {
    const { sent } = tracked;
    for (const link of this.parts.archives.links) {
      // After a deposit that is under way the archive could still take the crate: the next poll recalls it.
      if (link.open === undefined || tracked.uncertain || isSettled(tracked.known)) continue;
      const request = { op: 'recall', crate: sent.crate, secret: sent.recallSecret } as const;
      const answer = await link
        .request(request, 'crate-status', { signal: this.#closing })
        .catch((error: unknown) => this.#recallFailed(error, tracked, link));
      if (answer !== undefined) await this.#heard(tracked, answer, link);
    }
  }

  /** An archive that never had the crate cannot give it back; if none has accepted it, it is back already. */
  async #recallFailed(error: unknown, tracked: Tracked, link: ArchiveLink): Promise<undefined> {
    if (error instanceof HoldfastError && error.code === 'crate-not-found') {
      const { archive } = tracked.known;
      if (archive === undefined || archive === link.archiveId)
        await this.#learn(tracked.sent, { end: 'recalled' });
    }
    return undefined;
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
      await this.#poll().catch((error: unknown) => this.parts.report(problemOf(error)));
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
      const asked = [...this.#tracked.values()].filter(({ known }) =>
        isAskedAt(known, link, this.parts.archives),
      );
      for (let i = 0; i < asked.length; i += wire.statusCratesMax) {
        await this.#askStatus(link, asked.slice(i, i + wire.statusCratesMax)).catch((error: unknown) => {
          if (!(error instanceof HoldfastError && error.retryable)) throw error;
        });
      }
    }
  }

  async #askStatus(link: ArchiveLink, asked: readonly Tracked[]): Promise<void> {
    const crates = asked.map(({ sent }) => sent.crate);
    const { statuses } = await link.request({ op: 'status', crates }, 'statuses', { signal: this.#closing });
    for (const status of statuses) {
      const tracked = this.#tracked.get(status.crate);
      if (tracked !== undefined) await this.#heard(tracked, status, link);
    }
  }

  async #heard(tracked: Tracked, status: Parameters<typeof newsOf>[0], link: ArchiveLink): Promise<void> {
    const archive = link.archiveId ?? '';
    const heard = await newsOf(status, tracked.sent, tracked.known, archive);
    if (heard.kind === 'news') return this.#learn(tracked.sent, heard.news);
    if (heard.kind === 'unbelievable') {
      return this.parts.report({
        code: 'answer-invalid',
        detail: heard.detail,
        url: link.url,
        id: tracked.sent.crate,
      });
    }
    // It promised to keep the crate and has lost it: the sender still has it.
    if (tracked.known.recall !== true) this.#deposit(tracked);
  }

  async #learn(sent: SentCrate, news: Partial<CrateKnowledge>): Promise<void> {
    const known = await this.parts.store.learn(sent.crate, news);
    const tracked = this.#tracked.get(sent.crate);
    if (tracked === undefined) return;
    const moved = !sameStanding(tracked.known, known);
    tracked.known = known;
    if (isSettled(known)) this.#tracked.delete(sent.crate);
    if (!moved) return;
    this.#schedule.moved();
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

/** The archive that accepted a crate is asked for it; when that one is no longer among ours, every one is. */
function isAskedAt({ archive, progress }: CrateKnowledge, link: ArchiveLink, { links }: Archives): boolean {
  if (progress === 'local') return false;
  return archive === link.archiveId || !links.some(({ archiveId }) => archiveId === archive);
}
