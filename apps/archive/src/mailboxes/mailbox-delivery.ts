/**
 * Delivery to the connected owners of one mailbox. Whatever may have changed something - an arrival, an answer, a
 * drained connection, the queue, the sweep - calls `wake`, and one round after the other hands over what fits: there
 * is no other path to an owner.
 */
import { archiveLimits } from '../limits.js';
import type { ArrivedCrate, CollectSession } from './collect-session.js';
import { UnnotedAttempts, type UnnotedAttemptsInit } from './unnoted-attempts.js';
import type { Attempt } from './waiting-crates.repository.js';

export interface MailboxDeliveryInit {
  readonly now: () => number;
  readonly noteAttempts: (attempts: readonly Attempt[]) => Promise<void>;
  /** Asks to be woken for another attempt at this time. */
  readonly wakeAt: (at: number) => Promise<void>;
  /** When first attempts are written down that have not been answered. */
  readonly later: UnnotedAttemptsInit['later'];
  readonly onError: (error: unknown) => void;
}

export class MailboxDelivery {
  private readonly sessions = new Set<CollectSession>();
  private running = false;
  private again = false;
  private readonly unnoted: UnnotedAttempts;

  constructor(private readonly init: MailboxDeliveryInit) {
    this.unnoted = new UnnotedAttempts({
      later: init.later,
      note: (attempts) => void this.note(attempts),
    });
  }

  get isIdle(): boolean {
    return this.sessions.size === 0;
  }

  open(session: CollectSession): void {
    this.sessions.add(session);
    this.wake();
  }

  close(session: CollectSession): void {
    this.sessions.delete(session);
    if (this.isIdle) this.unnoted.drop();
  }

  /** @param stored those of the crates that came just now, committed and in order; none when only others did */
  arrived(stored: readonly ArrivedCrate[] = []): void {
    for (const session of this.sessions) session.arrived(stored);
    this.wake();
  }

  retry(): void {
    for (const session of this.sessions) session.retry();
    this.wake();
  }

  /** @param newest the place of the newest crate that waits in the mailbox, if any does */
  sweep(newest: string | undefined): void {
    for (const session of this.sessions) session.sweep(this.init.now(), newest);
    this.wake();
  }

  left(id: string): void {
    this.unnoted.remove(id);
    for (const session of this.sessions) session.left(id);
  }

  wake(): void {
    this.again = true;
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      while (this.again) {
        this.again = false;
        await this.round();
      }
    } catch (error) {
      // Nothing is lost: the sessions still want what they could not read, and the sweep wakes them.
      this.init.onError(error);
    } finally {
      this.running = false;
    }
  }

  private async round(): Promise<void> {
    const now = this.init.now();
    const handed = new Map<string, Attempt>();
    // All sessions are asked before the attempts are noted, so that each of them sees what is due.
    for (const session of this.sessions) {
      for (const attempt of await session.fill(now)) handed.set(attempt.id, attempt);
    }
    if (this.isIdle) return;
    const attempts = [...handed.values()];
    this.unnoted.add(attempts.filter(isFirst));
    // The table says that these are due until it is told otherwise.
    const again = attempts.filter((attempt) => !isFirst(attempt));
    for (const { id } of again) this.unnoted.remove(id);
    if (again.length > 0) void this.note(again);
  }

  /** Beside the rounds: the owner need not wait until it is written down that the crates are on their way. */
  private async note(attempts: readonly Attempt[]): Promise<void> {
    try {
      await this.init.noteAttempts(attempts);
      const next = Math.min(...[...this.sessions].map(({ nextAt }) => nextAt ?? Infinity));
      if (Number.isFinite(next)) await this.init.wakeAt(next);
    } catch (error) {
      this.init.onError(error);
    }
  }
}

const isFirst = ({ attempts }: Attempt): boolean => attempts === 1;

/**
 * Exponential backoff with full jitter over a least delay, in which an owner can be expected to answer.
 * @param attempts how often the crate has been handed over before
 * @param random a number from 0 up to 1
 */
export function nextAttemptAt(attempts: number, nowMs: number, random: number): number {
  const { deliveryRetryMsMin, deliveryRetryJitterMs, deliveryRetryJitterMsMax } = archiveLimits;
  const jitter = Math.min(deliveryRetryJitterMsMax, deliveryRetryJitterMs * 2 ** Math.min(attempts, 30));
  return nowMs + deliveryRetryMsMin + Math.floor(random * jitter);
}
