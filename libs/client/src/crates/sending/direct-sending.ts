/**
 * Brings crates to clients that collect their mailbox now, beside the archives and without waiting for any (spec/direct.md,
 * "Delivery"). What was not answered by a proof is handed over again, after pauses that grow: the storage keeps the crate
 * until then, so that it goes on after a restart of either side.
 */
import { decodeBase64url, type CrateStatus } from '@holdfast/protocol';
import { secondsOf, type Clock } from '../../clock.js';
import { backoffMs } from '../../link/backoff.js';
import { Slots } from '../../pacing.js';
import { directLimits } from '../../overlay/direct/direct-limits.js';
import type { DirectDelivery, DirectProof } from '../../overlay/direct/direct-delivery.js';
import type { StopSignal } from '../../stopper.js';
import { isSettled } from '../status/status-lattice.js';
import { newsOf } from './crate-news.js';
import type { CrateKnowledge, SentCrate, SentStore } from './sent-store.js';
import type { TrackedCrate } from './tracked-crate.js';

export interface DirectSendingParts {
  readonly direct: DirectDelivery;
  readonly store: SentStore;
  readonly clock: Clock;
  readonly closing: StopSignal;
  /** By crate. */
  readonly tracked: ReadonlyMap<string, TrackedCrate>;
  readonly learn: (sent: SentCrate, news: Partial<CrateKnowledge>) => Promise<void>;
  readonly failed: (error: unknown, sent: SentCrate) => void;
}

interface Attempts {
  failures: number;
  isRunning: boolean;
  stopTimer: () => void;
}

export class DirectSending {
  readonly #attempts = new Map<TrackedCrate, Attempts>();
  readonly #slots = new Slots(directLimits.sendConcurrency);
  readonly #stopListening: readonly (() => void)[];

  constructor(private readonly parts: DirectSendingParts) {
    const { direct } = parts;
    this.#stopListening = [
      direct.onAvailable(() => this.#tryAll()),
      direct.onProof((proof) => this.#heard(proof)),
    ];
  }

  begin(tracked: TrackedCrate): void {
    if (tracked.sent.sizeBytes > directLimits.crateBytesMax) return;
    this.#attempts.set(tracked, { failures: 0, isRunning: false, stopTimer: () => undefined });
    this.#try(tracked);
  }

  /** Nothing more is done for the crate. */
  end(tracked: TrackedCrate): void {
    this.#attempts.get(tracked)?.stopTimer();
    this.#attempts.delete(tracked);
  }

  close(): void {
    for (const stop of this.#stopListening) stop();
    for (const { stopTimer } of this.#attempts.values()) stopTimer();
    this.#attempts.clear();
  }

  #tryAll(): void {
    for (const [tracked, attempts] of this.#attempts) {
      attempts.failures = 0;
      this.#try(tracked);
    }
  }

  #try(tracked: TrackedCrate): void {
    const attempts = this.#attempts.get(tracked);
    // When others can be reached again, that is told.
    if (attempts === undefined || attempts.isRunning || !this.parts.direct.available) return;
    attempts.stopTimer();
    attempts.isRunning = true;
    this.#slots
      .run(() => this.#send(tracked, attempts))
      .catch((error: unknown) => {
        attempts.failures++;
        this.parts.failed(error, tracked.sent);
        return this.#pauseMs(attempts);
      })
      .then((pauseMs) => this.#again(tracked, attempts, pauseMs))
      .catch(() => undefined);
  }

  /** How long to wait before the next time. */
  async #send({ sent, known }: TrackedCrate, attempts: Attempts): Promise<number> {
    const { store, direct, closing } = this.parts;
    if (closing.aborted || isSettled(known) || known.recall === true) return Infinity;
    const envelope = await store.envelope(sent.crate);
    const bytes = envelope === undefined ? undefined : decodeBase64url(envelope);
    if (bytes === undefined) return Infinity;
    const outcome = await direct.send(sent.mailbox, bytes);
    attempts.failures = outcome === 'taken' ? 0 : attempts.failures + 1;
    return this.#pauseMs(attempts);
  }

  #pauseMs({ failures }: Attempts): number {
    const { receiptAwaitedMs, retryBaseMs, retryMaxMs } = directLimits;
    if (failures === 0) return receiptAwaitedMs;
    const backoff = { baseMs: retryBaseMs, maxMs: retryMaxMs };
    return retryBaseMs + backoffMs(failures, this.parts.clock.random(), backoff);
  }

  #again(tracked: TrackedCrate, attempts: Attempts, pauseMs: number): void {
    attempts.isRunning = false;
    if (this.#attempts.get(tracked) !== attempts || pauseMs === Infinity) return;
    attempts.stopTimer = this.parts.clock.after(pauseMs, () => this.#try(tracked));
  }

  #heard(proof: DirectProof): void {
    const tracked = this.parts.tracked.get(proof.crate);
    if (tracked === undefined || this.parts.closing.aborted) return;
    this.#learn(tracked.sent, proof).catch((error: unknown) => this.parts.failed(error, tracked.sent));
  }

  /** Believed on the same proofs as what an archive says; whoever sends others is passed over. */
  async #learn(sent: SentCrate, { way, proof }: DirectProof): Promise<void> {
    const status: CrateStatus['status'] = way === 'ack' ? 'delivered' : 'discarded';
    const heard = await newsOf({ status, proof }, sent, {}, secondsOf(this.parts.clock));
    if (heard.kind !== 'news') return;
    const { progress = 'local', end } = heard.news;
    // A discard says nothing of archives.
    const news = end === undefined ? { progress } : { end };
    await this.parts.learn(sent, { ...news, direct: true });
  }
}
