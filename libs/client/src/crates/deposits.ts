/**
 * Brings crates to archives. A deposit is tried until an archive has taken the crate, at the archives where its
 * mailbox is collected if one of them is ours. Waiting takes no slot: crates for a mailbox that is full hold up no
 * others. That a crate is about to be sent is written down first, so that a later recall knows whom to ask.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Problem } from '../problem.js';
import type { Clock } from '../clock.js';
import { problemOf } from '../errors.js';
import { limits } from '../limits.js';
import type { ArchiveLink } from '../link/archive-link.js';
import type { Archives } from '../link/archives.js';
import { isFinal, retrying, Slots } from '../pacing.js';
import type { StopSignal } from '../stopper.js';
import type { CrateKnowledge, SentCrate, SentStore } from './sent-store.js';
import { isSettled } from './status-lattice.js';
import { destinationsOf, type TrackedCrate } from './tracked-crate.js';

export interface DepositParts {
  readonly archives: Archives;
  readonly store: SentStore;
  readonly clock: Clock;
  readonly closing: StopSignal;
  readonly report: (problem: Problem) => void;
  readonly learn: (sent: SentCrate, news: Partial<CrateKnowledge>) => Promise<void>;
}

export class Deposits {
  readonly #slots = new Slots(limits.depositConcurrency);
  readonly #firstTries = new Set<Promise<void>>();

  constructor(private readonly parts: DepositParts) {}

  /** @param loser the archive that had the crate and has lost it: it is asked first */
  begin(tracked: TrackedCrate, loser?: ArchiveLink): void {
    if (tracked.depositing) return;
    tracked.depositing = true;
    let tried = (): void => undefined;
    const firstTry = new Promise<void>((resolve) => (tried = resolve)).finally(() =>
      this.#firstTries.delete(firstTry),
    );
    this.#firstTries.add(firstTry);
    this.#deposit(tracked, loser, tried)
      .catch((error: unknown) => {
        if (!this.parts.closing.aborted) this.parts.report({ ...problemOf(error), id: tracked.sent.crate });
      })
      .finally(() => {
        tried();
        tracked.depositing = false;
      });
  }

  /** Resolves when everything that was begun has been tried once. */
  async tried(): Promise<void> {
    while (this.#firstTries.size > 0) await Promise.all(this.#firstTries);
  }

  async #deposit(tracked: TrackedCrate, loser: ArchiveLink | undefined, tried: () => void): Promise<void> {
    const { archives, clock, closing: signal } = this.parts;
    const isDestination = (link: ArchiveLink): boolean =>
      destinationsOf(tracked, archives.links).includes(link);
    await retrying(
      async (failures) => {
        if (isOver(tracked, signal)) return;
        const open = await archives.whenOpen({ signal, among: isDestination });
        const link =
          failures === 0 && loser?.open !== undefined
            ? loser
            : archives.alternative(open, failures, isDestination);
        await this.#slots.run(() => this.#depositAt(link, tracked)).finally(tried);
      },
      {
        clock,
        signal,
        backoff: { baseMs: limits.outboxBackoffBaseMs, maxMs: limits.outboxBackoffMaxMs },
        wake: (callback) => archives.onOpen(callback),
      },
    );
  }

  async #depositAt(link: ArchiveLink, tracked: TrackedCrate): Promise<void> {
    const { store, closing: signal, learn } = this.parts;
    const { crate } = tracked.sent;
    const envelope = await store.envelope(crate);
    if (envelope === undefined) return;
    await learn(tracked.sent, { places: { [link.url]: '' } });
    if (isOver(tracked, signal)) return;
    tracked.uncertain = true;
    try {
      const answer = await link.request({ op: 'deposit', envelope }, 'deposited', { signal });
      if (answer.crate !== crate) {
        throw new HoldfastError('answer-invalid', 'The archive confirmed another crate.', { url: link.url });
      }
    } catch (error) {
      const code = error instanceof HoldfastError ? error.code : undefined;
      if (code === 'crate-expired') return await learn(tracked.sent, { end: 'expired' });
      if (code !== 'crate-gone') throw this.#tolerable(error, tracked);
    } finally {
      tracked.uncertain = false;
    }
    // Whatever has become of it since, the archive has had it: the next poll tells.
    await learn(tracked.sent, { progress: 'accepted', places: { [link.url]: link.archiveId ?? '' } });
  }

  /** No refusal is the last word before the crate expires: another archive, or this one tomorrow, may take it. */
  #tolerable(error: unknown, tracked: TrackedCrate): unknown {
    if (!(error instanceof HoldfastError) || !isFinal(error) || this.parts.closing.aborted) return error;
    this.parts.report({ ...problemOf(error), id: tracked.sent.crate });
    return new HoldfastError('unavailable', error.message, error.data, { cause: error });
  }
}

const isOver = ({ known }: TrackedCrate, closing: StopSignal): boolean =>
  closing.aborted || isSettled(known) || known.recall === true;
