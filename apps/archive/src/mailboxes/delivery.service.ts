/**
 * Who collects from which mailbox, in memory, and what wakes their deliveries: arrivals at once within this process,
 * the queue when another attempt is due, and a sweep of the tables and the sessions for whatever these have not told of:
 * what another process on the same database took in, what the queue has forgotten, a commit whose end nobody saw.
 */
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CrateEvents } from '../crates/crate-events.js';
import type { Connection } from '../gateway/operations.js';
import { archiveLimits } from '../limits.js';
import { Log } from '../platform/logging/log.js';
import { WakeQueue } from '../platform/queue/wake-queue.js';
import { CollectSession } from './collect-session.js';
import { CollectTurns } from './collect-turns.js';
import { MailboxDelivery, nextAttemptAt } from './mailbox-delivery.js';
import { WaitingCratesRepository } from './waiting-crates.repository.js';

@Injectable()
export class DeliveryService implements OnModuleInit, OnModuleDestroy {
  private readonly deliveries = new Map<string, MailboxDelivery>();
  private readonly turns = new WeakMap<Connection, CollectTurns>();
  private timer: NodeJS.Timeout | undefined;
  private sweeping = false;

  constructor(
    private readonly waiting: WaitingCratesRepository,
    private readonly events: CrateEvents,
    private readonly queue: WakeQueue,
    private readonly log: Log,
    private readonly bounds: { readonly deliveryNotedMs: number } = archiveLimits,
  ) {}

  onModuleInit(): void {
    this.queue.handle('deliver-mailbox', async (mailbox) => this.deliveries.get(mailbox)?.retry());
    this.events.onArrival((mailboxes, stored) => {
      for (const mailbox of mailboxes) {
        const delivery = this.deliveries.get(mailbox);
        delivery?.arrived(stored.filter((crate) => crate.mailbox === mailbox));
      }
    });
    this.events.onDeparture((left) => {
      for (const { id, mailbox } of left) this.deliveries.get(mailbox)?.left(id);
      for (const mailbox of new Set(left.map((crate) => crate.mailbox))) this.deliveries.get(mailbox)?.wake();
    });
    this.timer = setInterval(() => void this.sweep(), archiveLimits.deliverySweepMs);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /**
   * Begins to hand over what waits in a mailbox to whoever has proved to own it, until the connection ends or cancels.
   * @throws HoldfastError `quota-exceeded` when the connection collects from too many mailboxes; `unavailable`
   */
  async collect(mailbox: string, n: number, connection: Connection): Promise<void> {
    const session = new CollectSession({
      mailbox,
      n,
      connection,
      waiting: this.waiting,
      nextAttemptAt: (attempts, now) => nextAttemptAt(attempts, now, Math.random()),
      turns: this.turnsOf(connection),
      onTurn: () => this.deliveries.get(mailbox)?.wake(),
    });
    connection.open(n, { kind: 'collect', cancel: () => this.close(mailbox, session) });
    await this.waiting.forgetAttempts(mailbox);
    const waiting = await this.waiting.count(mailbox);
    if (session.isOver) return;
    connection.send({ op: 'collecting', n, waiting });
    this.deliveryOf(mailbox).open(session);
  }

  /** Finds in the tables, and in the sessions, what nothing has woken. */
  async sweep(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      const now = Date.now();
      const due = await this.waiting.mailboxesDue(now);
      for (const mailbox of due) this.deliveries.get(mailbox)?.retry();
      const connected = [...this.deliveries.keys()];
      const { deliverySweepMailboxesMax: batch } = archiveLimits;
      for (let begin = 0; begin < connected.length; begin += batch) {
        const mailboxes = connected.slice(begin, begin + batch);
        const newest = await this.waiting.newest(mailboxes);
        for (const mailbox of mailboxes) this.deliveries.get(mailbox)?.sweep(newest.get(mailbox));
      }
      const absent = due.filter((mailbox) => !this.deliveries.has(mailbox));
      if (absent.length > 0) await this.waiting.restDue(absent, now);
    } catch (error) {
      this.log.warn({ error }, 'a sweep for due crates failed');
    } finally {
      this.sweeping = false;
    }
  }

  private close(mailbox: string, session: CollectSession): void {
    session.end();
    const delivery = this.deliveries.get(mailbox);
    delivery?.close(session);
    if (delivery?.isIdle) this.deliveries.delete(mailbox);
  }

  private turnsOf(connection: Connection): CollectTurns {
    const turns = this.turns.get(connection) ?? new CollectTurns(connection);
    this.turns.set(connection, turns);
    return turns;
  }

  private deliveryOf(mailbox: string): MailboxDelivery {
    const known = this.deliveries.get(mailbox);
    if (known !== undefined) return known;
    const delivery = new MailboxDelivery({
      now: () => Date.now(),
      noteAttempts: (attempts) => this.waiting.noteAttempts(attempts),
      wakeAt: (at) => this.queue.wake('deliver-mailbox', mailbox, at),
      later: (run) => {
        const timer = setTimeout(run, this.bounds.deliveryNotedMs).unref();
        return () => clearTimeout(timer);
      },
      onError: (error) => this.log.warn({ error }, 'a delivery failed'),
    });
    this.deliveries.set(mailbox, delivery);
    return delivery;
  }
}
