/**
 * Collects one mailbox from one archive: proves it on every connection anew, and hands over what comes. When the inbox
 * has no room the collecting is ended, and begun again later: an archive offers what was not acknowledged once more.
 */
import { HoldfastError, signCollect } from '@holdfast/protocol';
import type { Problem } from '../../problem.js';
import type { Clock } from '../../clock.js';
import { holdfastErrorOf, problemOf } from '../../errors.js';
import { limits } from '../../limits.js';
import type { ArchiveLink } from '../../link/archive-link.js';
import { backoffMs } from '../../link/backoff.js';
import type { LinkAnswer } from '../../link/link-state.js';
import type { OwnMailbox } from '../mailboxes/mailbox-keys.js';

export interface CollectorParts {
  readonly mailbox: Pick<OwnMailbox, 'mailbox' | 'signing'>;
  readonly clock: Clock;
  readonly report: (problem: Problem) => void;
  /** False when there is no room for the crate. */
  readonly arrived: (crate: string, envelope: string, link: ArchiveLink) => boolean;
  /** Something about `drained` may have changed. */
  readonly progressed: () => void;
  /** The archive has answered, or refused, what it was asked. */
  readonly begun: () => void;
}

export class Collector {
  #stopStream: (() => void) | undefined;
  #stopTimer: (() => void) | undefined;
  #generation = 0;
  #failures = 0;
  #waiting: number | undefined;
  /** What has been offered since collecting began; no more of them than waited then. */
  readonly #offered = new Set<string>();
  /** Since when it ought to have heard how much waits. */
  #unansweredSince = Infinity;
  #lastError: HoldfastError | undefined;
  #full = false;
  #ended = false;

  constructor(
    readonly link: ArchiveLink,
    private readonly parts: CollectorParts,
  ) {}

  get mailbox(): string {
    return this.parts.mailbox.mailbox;
  }

  /** Whether what waited at the archive when collecting began has all been handed over. */
  get drained(): boolean {
    return !this.#full && this.#waiting !== undefined && this.#offered.size >= this.#waiting;
  }

  /** Whether the archive has told how much waits. */
  get isAnswered(): boolean {
    return !this.#full && this.#waiting !== undefined;
  }

  /** Why nothing can be said of what waits here, when the archive has not told it for that long. */
  failureAfter(patienceMs: number, now: number): HoldfastError | undefined {
    if (this.#full || this.#waiting !== undefined || now < this.#unansweredSince + patienceMs)
      return undefined;
    return (
      this.#lastError ??
      new HoldfastError('request-timeout', 'The archive does not say what waits in the mailbox.', {
        url: this.link.url,
      })
    );
  }

  /** What was known of an earlier connection does not count any more. */
  forget(): void {
    this.#stop();
    this.#waiting = undefined;
    this.#unansweredSince = Infinity;
  }

  /** The link has opened, or there is room again. */
  begin(): void {
    this.#unansweredSince = this.parts.clock.now();
    this.#lastError = undefined;
    this.#begin();
  }

  #begin(): void {
    this.#stop();
    if (this.#ended || this.link.open === undefined) return;
    this.#full = false;
    this.#waiting = undefined;
    this.#offered.clear();
    this.#collect(++this.#generation).catch((error: unknown) => this.#failed(error));
  }

  /** There is room again. */
  resume(): void {
    if (this.#full) this.begin();
  }

  end(): void {
    this.#ended = true;
    this.#stop();
  }

  async #collect(generation: number): Promise<void> {
    const { mailbox: id, signing } = this.parts.mailbox;
    const open = this.link.open!;
    const signature = await signCollect(signing, open.archive, open.challenge);
    if (this.#ended || generation !== this.#generation) return;
    this.#stopStream = this.link.stream({ op: 'collect', mailbox: id, signature }, open.session, {
      answer: (answer) => {
        if (generation === this.#generation) this.#heard(answer);
      },
      failed: (error) => {
        if (generation === this.#generation) this.#failed(error);
      },
    });
  }

  #heard(answer: LinkAnswer): void {
    this.#failures = 0;
    if (answer.op === 'collecting') {
      this.#waiting = answer.waiting;
      this.parts.begun();
    } else if (answer.op === 'crate') {
      // What stays unanswered for a while is offered again, and is still one crate.
      if (this.#offered.size < (this.#waiting ?? 0)) this.#offered.add(answer.crate);
      if (!this.parts.arrived(answer.crate, answer.envelope, this.link)) {
        this.#full = true;
        this.#stop();
      }
    }
    this.parts.progressed();
  }

  #failed(error: unknown): void {
    if (this.#ended) return;
    this.#stop();
    this.#lastError = holdfastErrorOf(error);
    this.#report(error);
    this.parts.begun();
    this.parts.progressed();
    // A lost link says so by opening again.
    if (this.link.open === undefined) return;
    const delay = backoffMs(++this.#failures, this.parts.clock.random(), {
      baseMs: limits.backoffBaseMs,
      maxMs: limits.inboxBackoffMaxMs,
    });
    this.#stopTimer = this.parts.clock.after(delay, () => this.#begin());
  }

  #report(error: unknown): void {
    const isLost = error instanceof HoldfastError && error.code === 'archive-unreachable';
    if (!this.#ended && !isLost) this.parts.report({ ...problemOf(error), url: this.link.url });
  }

  #stop(): void {
    this.#generation++;
    this.#stopStream?.();
    this.#stopStream = undefined;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }
}
