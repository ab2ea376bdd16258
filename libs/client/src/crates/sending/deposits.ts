/**
 * Brings crates to the archives that are to hold them (placement.ts says which). Every crate and archive has attempts
 * of its own, and every archive its own slots, so that none that is full, slow or away holds up another. That a crate
 * is about to be sent is written down first, so that a later recall knows whom to ask.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Problem } from '../../problem.js';
import { secondsOf, type Clock } from '../../clock.js';
import { problemOf } from '../../errors.js';
import { limits } from '../../limits.js';
import type { ArchiveLink } from '../../link/archive-link.js';
import type { Archives } from '../../link/archives.js';
import { backoffMs } from '../../link/backoff.js';
import { isFinal, Slots } from '../../pacing.js';
import type { StopSignal } from '../../stopper.js';
import { readCustody } from './custody.js';
import { candidatesOf } from './holders.js';
import { askedName, placementOf, type PlannedDeposit } from './placement.js';
import type { CrateKnowledge, SentCrate, SentStore } from './sent-store.js';
import { isSettled } from '../status/status-lattice.js';
import type { TrackedCrate } from './tracked-crate.js';

export interface DepositParts {
  readonly archives: Archives;
  readonly store: SentStore;
  readonly clock: Clock;
  readonly closing: StopSignal;
  /** How many archives are to hold a crate. */
  readonly holders: number;
  readonly report: (problem: Problem) => void;
  readonly learn: (sent: SentCrate, news: Partial<CrateKnowledge>) => Promise<void>;
  /** The archive has had the crate, and it has left: how, is to be asked. */
  readonly gone: (tracked: TrackedCrate, link: ArchiveLink) => void;
}

export class Deposits {
  /** By the archive's URL. */
  readonly #slots = new Map<string, Slots>();
  readonly #untried = new Set<TrackedCrate>();
  readonly #triedListeners = new Set<() => void>();

  constructor(private readonly parts: DepositParts) {}

  /** Begins what is to be done for a crate that is new, or for which there is a new connection. */
  begin(tracked: TrackedCrate): void {
    this.#untried.add(tracked);
    this.consider(tracked);
  }

  /** Does what is to be done for a crate now, and comes back when something further is due. */
  consider(tracked: TrackedCrate): void {
    const { archives, clock, closing, holders } = this.parts;
    tracked.stopTimer?.();
    tracked.stopTimer = undefined;
    if (isOver(tracked, closing)) return this.#lookWhetherTried(tracked);
    const { deposits, nextAt } = placementOf(tracked, archives.links, holders, clock.now());
    for (const deposit of deposits) this.#begin(tracked, deposit);
    if (nextAt !== undefined) {
      const delay = Math.max(0, nextAt - clock.now());
      tracked.stopTimer = clock.after(delay, () => this.consider(tracked));
    }
    this.#lookWhetherTried(tracked);
  }

  /** The archive can be reached again: what failed for want of it is tried at once, but for what it had no room for. */
  opened(tracked: TrackedCrate, { url }: ArchiveLink): void {
    const attempt = tracked.attempts.get(url);
    if (attempt !== undefined && attempt.isRefused !== true) {
      const { nextAt: _over, ...others } = attempt;
      tracked.attempts.set(url, { ...others, failures: 0 });
    }
    this.begin(tracked);
  }

  /** Resolves when every crate has been tried at each of its archives that can perhaps be reached now. */
  async tried(): Promise<void> {
    while (this.#untried.size > 0 && !this.parts.closing.aborted) {
      await new Promise<void>((resolve) => {
        const heard = (): void => {
          this.#triedListeners.delete(heard);
          resolve();
        };
        this.#triedListeners.add(heard);
      });
    }
  }

  /** Nothing more is done for the crate. */
  end(tracked: TrackedCrate): void {
    tracked.stopTimer?.();
    tracked.stopTimer = undefined;
    this.#lookWhetherTried(tracked);
  }

  close(): void {
    this.#untried.clear();
    this.#tell();
  }

  #begin(tracked: TrackedCrate, deposit: PlannedDeposit<ArchiveLink>): void {
    const { url } = deposit.link;
    const { count = 0, failures = 0 } = tracked.attempts.get(url) ?? {};
    tracked.attempts.set(url, { count: count + 1, failures, isRunning: true });
    this.#slotsOf(url)
      .run(() => this.#deposit(tracked, deposit))
      .then(
        () => void tracked.attempts.delete(url),
        (error: unknown) => this.#failed(tracked, url, error),
      )
      .finally(() => this.consider(tracked));
  }

  async #deposit(
    tracked: TrackedCrate,
    { link, bring, holders }: PlannedDeposit<ArchiveLink>,
  ): Promise<void> {
    const { store, clock, closing: signal, archives, learn } = this.parts;
    const { sent } = tracked;
    if (isOver(tracked, signal)) return;
    const envelope = await store.envelope(sent.crate);
    if (envelope === undefined) {
      // Another program on this storage has seen how it ended.
      await learn(sent, {});
      if (isOver(tracked, signal)) return;
      throw new HoldfastError('storage-failed', 'The storage does not have the crate any more.');
    }
    if (tracked.known.places?.[link.url] === undefined) await learn(sent, { places: { [link.url]: '' } });
    if (isOver(tracked, signal)) return;
    tracked.uncertain.add(link.url);
    const request = {
      op: 'deposit',
      envelope,
      ...(bring.length === 0 ? {} : { bring: [...bring] }),
      ...(holders.length === 0 ? {} : { holders: [...holders] }),
    } as const;
    const answer = await link
      .request(request, 'deposited', { signal })
      .finally(() => tracked.uncertain.delete(link.url))
      .catch((error: unknown) => {
        if (!(error instanceof HoldfastError && error.code === 'crate-gone')) throw error;
        return undefined;
      });
    const archive = link.archiveId ?? '';
    if (answer === undefined) {
      await learn(sent, { progress: 'accepted', places: { [link.url]: archive } });
      this.parts.gone(tracked, link);
      throw new HoldfastError('crate-gone', 'It was here and has left.', { url: link.url });
    }
    if (answer.crate !== sent.crate) {
      throw new HoldfastError('answer-invalid', 'The archive confirmed another crate.', { url: link.url });
    }
    if (link.open !== undefined) tracked.confirmedIn.set(link.url, link.open.session);
    tracked.lostAt.delete(link.url);
    const candidates = candidatesOf(sent, archives.links);
    const heard = await readCustody([answer.custody], sent, candidates, secondsOf(clock), archive);
    await learn(sent, {
      progress: 'accepted',
      places: { [link.url]: archive },
      custody: heard.custody,
      asked: bring.map((target) => askedName(link.url, target)),
    });
    const [flaw] = heard.flaws;
    if (flaw !== undefined) throw new HoldfastError('custody-invalid', flaw, { url: link.url });
  }

  #failed(tracked: TrackedCrate, url: string, error: unknown): void {
    const { clock, closing } = this.parts;
    const { count = 1, failures: before = 0 } = tracked.attempts.get(url) ?? {};
    const failures = before + 1;
    const code = error instanceof HoldfastError ? error.code : 'internal-error';
    // No refusal is the last word before the crate expires: another archive, or this one tomorrow, may take it.
    const isLasting = !(error instanceof HoldfastError) || isFinal(error) || code === 'answer-invalid';
    // How it left is being asked.
    if (isLasting && code !== 'crate-gone' && !closing.aborted) this.#report(tracked, url, error);
    const { until, quota } = error instanceof HoldfastError ? error.data : {};
    const backoff = backoffMs(failures, clock.random(), {
      baseMs: limits.outboxBackoffBaseMs,
      maxMs: limits.outboxBackoffMaxMs,
    });
    const roomInMs = typeof until === 'number' ? Math.max(0, until * 1000 - clock.now()) : 0;
    tracked.attempts.set(url, {
      count,
      failures,
      isRunning: false,
      nextAt: clock.now() + Math.min(roomInMs, limits.quotaPatienceMs) + backoff,
      code,
      ...(typeof quota === 'string' ? { quota } : {}),
      ...(code === 'quota-exceeded' || isLasting ? { isRefused: true } : {}),
    });
  }

  #report(tracked: TrackedCrate, url: string, error: unknown): void {
    const problem = { ...problemOf(error), url, id: tracked.sent.crate };
    const about = `${url} ${problem.code}`;
    if (tracked.doubted.has(about)) return;
    tracked.doubted.add(about);
    this.parts.report(problem);
  }

  #lookWhetherTried(tracked: TrackedCrate): void {
    if (!this.#untried.has(tracked)) return;
    const isBeingTried = candidatesOf(tracked.sent, this.parts.archives.links).some(
      ({ link }) =>
        link?.state.name === 'connecting' ||
        (link?.open !== undefined && tracked.attempts.get(link.url)?.isRunning === true),
    );
    if (isBeingTried && !isOver(tracked, this.parts.closing)) return;
    this.#untried.delete(tracked);
    this.#tell();
  }

  #slotsOf(url: string): Slots {
    let slots = this.#slots.get(url);
    if (slots === undefined) this.#slots.set(url, (slots = new Slots(limits.depositConcurrency)));
    return slots;
  }

  #tell(): void {
    for (const heard of this.#triedListeners) heard();
  }
}

const isOver = ({ known }: TrackedCrate, closing: StopSignal): boolean =>
  closing.aborted || isSettled(known) || known.recall === true;
