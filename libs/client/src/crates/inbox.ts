/**
 * Collects, opens and hands over what comes to this identity's mailbox. The order is what gives "exactly once":
 * handler, then the storage, then the acknowledgement. A message whose handling is in the storage is never handed over
 * again; one that is acknowledged is in the storage. If the process dies between the handler's success and the
 * storage, the message is offered once more: nobody can know better.
 */
import { crateIdOf, decodeBase64url, HoldfastError, signDiscard, type ErrorCode } from '@holdfast/protocol';
import type { Problem } from '../problem.js';
import { secondsOf, type Clock } from '../clock.js';
import { problemOf } from '../errors.js';
import { limits } from '../limits.js';
import type { ArchiveLink } from '../link/archive-link.js';
import type { Archives } from '../link/archives.js';
import { pause, retrying } from '../pacing.js';
import type { Storage } from '../storage/storage.js';
import { Stopper, type StopSignal } from '../stopper.js';
import { Arrivals, type Arrival } from './arrivals.js';
import { Collector } from './collector.js';
import type { Departure, HandledStore } from './handled-store.js';
import type { InboxHandler, InboxOptions } from './inbox-contract.js';
import type { Mailbox } from './mailbox.js';

export interface InboxParts {
  readonly author: string;
  readonly mailbox: Mailbox;
  readonly handled: HandledStore;
  readonly storage: Storage;
  readonly archives: Archives;
  readonly clock: Clock;
  readonly patienceMs: number;
  readonly report: (problem: Problem) => void;
  readonly closing: StopSignal;
}

/** Refusals after which a crate is let go; what a later version of this program may read stays (spec, "Opening"). */
const forDiscard = new Set<ErrorCode>([
  'crate-undecryptable',
  'crate-content-invalid',
  'crate-receipt-mismatch',
]);

export class Inbox {
  readonly #arrivals = new Arrivals<ArchiveLink>({
    countMax: limits.inboxBufferMax,
    bytesMax: limits.inboxBufferBytesMax,
    failedMax: limits.inboxFailedMax,
    backoff: { baseMs: limits.inboxBackoffBaseMs, maxMs: limits.inboxBackoffMaxMs },
  });
  readonly #collectors: readonly Collector[];
  readonly #departures = new Set<Promise<void>>();
  readonly #ending: Stopper;
  readonly #beganAt: number;
  #forgetAt = 0;
  /** Something has happened that the loop has not looked at. */
  #stirred = false;
  #wake: (() => void) | undefined;

  constructor(
    private readonly parts: InboxParts,
    private readonly handler: InboxHandler,
    private readonly options: InboxOptions,
  ) {
    const { closing, archives, mailbox, clock, report } = parts;
    this.#ending = new Stopper(closing, options.signal);
    this.#beganAt = clock.now();
    this.#collectors = archives.main.map(
      (link) =>
        new Collector(link, {
          mailbox,
          clock,
          report,
          arrived: (crate, envelope, from) => this.#arrivals.arrive(crate, envelope, from),
          progressed: () => {
            this.#stirred = true;
            this.#wake?.();
          },
        }),
    );
  }

  async run(): Promise<void> {
    try {
      await this.#run();
    } finally {
      this.#ending.release();
    }
  }

  async #run(): Promise<void> {
    const { storage, author, archives } = this.parts;
    const watch = this.options.watch ?? true;
    let holder = 'another program';
    const unlock = await storage
      .lock(`inbox/${author}`, {
        wait: watch,
        signal: this.#ending,
        onTaken: (process) => (holder = `another program (${process})`),
      })
      .catch(this.#unlessEnding);
    if (unlock === undefined) {
      if (this.#ending.aborted) return;
      throw new HoldfastError(
        'in-use',
        `This mailbox is being collected by ${holder} that shares this storage.`,
      );
    }
    const stopListening = archives.onOpen((link) =>
      this.#collectors.find((one) => one.link === link)?.begin(),
    );
    try {
      for (const collector of this.#collectors) collector.begin();
      await this.#work(watch);
    } finally {
      stopListening();
      for (const collector of this.#collectors) collector.end();
      await Promise.all(this.#departures);
      await unlock();
    }
  }

  async #work(watch: boolean): Promise<void> {
    const { clock, archives } = this.parts;
    while (!this.#ending.aborted) {
      const hopeless = archives.closedForGood();
      if (hopeless !== undefined) throw hopeless;
      await this.#forgetOld();
      this.#stirred = false;
      const arrival = this.#arrivals.take(clock.now());
      if (arrival !== undefined) await this.#deal(arrival);
      else if (!watch && this.#isDrained()) return;
      else await this.#idle(watch);
    }
  }

  /** At the beginning and then once a day: a program may watch its inbox for years. */
  async #forgetOld(): Promise<void> {
    const { clock, handled, report } = this.parts;
    const now = clock.now();
    if (now < this.#forgetAt) return;
    this.#forgetAt = now + limits.forgetEveryMs;
    await handled.forgetOld(secondsOf(clock)).catch((error: unknown) => report(problemOf(error)));
  }

  /** Until something arrives, or a failed message is due. */
  async #idle(watch: boolean): Promise<void> {
    const { clock } = this.parts;
    for (const collector of this.#collectors) collector.resume();
    const dueIn = (this.#arrivals.nextDueAt() ?? Infinity) - clock.now();
    const longest = watch ? limits.inboxIdleMs : limits.inboxDrainPollMs;
    if (this.#stirred) return;
    await pause(clock, Math.max(0, Math.min(dueIn, longest)), this.#ending, (wake) => {
      this.#wake = wake;
      return () => {
        this.#wake = undefined;
      };
    });
  }

  /**
   * Whether everything that waited has been offered: by every archive that is connected, or that there was time to
   * connect to. Throws when there was none at all, or one of them does not tell what waits there.
   */
  #isDrained(): boolean {
    const { clock, patienceMs } = this.parts;
    const living = this.#collectors.filter(({ link }) => link.state.name !== 'closed');
    const connected = living.filter(({ link }) => link.open !== undefined);
    const now = clock.now();
    const isPatient = now < this.#beganAt + patienceMs;
    if (connected.length < living.length && isPatient) return false;
    if (connected.length === 0) {
      throw new HoldfastError('archive-unreachable', 'No archive could be reached to collect from.');
    }
    if (!connected.every((one) => one.drained || one.isSilent(now) || one.failureAfter(patienceMs, now)))
      return false;
    const failure = connected
      .map((one) => one.failureAfter(patienceMs, now))
      .find((error) => error !== undefined);
    if (failure !== undefined) throw failure;
    return true;
  }

  async #deal(arrival: Arrival<ArchiveLink>): Promise<void> {
    try {
      if (await this.#handle(arrival)) this.#arrivals.done(arrival);
      else this.#arrivals.failed(arrival, this.parts.clock.now(), this.parts.clock.random());
    } catch (error) {
      // The storage or a key has failed: the crate stays where it is, and is tried again like a failed handler.
      this.#arrivals.failed(arrival, this.parts.clock.now(), this.parts.clock.random());
      if (!this.#ending.aborted) this.parts.report({ ...problemOf(error), id: arrival.crate });
    }
  }

  /** False when the handler has failed. */
  async #handle(arrival: Arrival<ArchiveLink>): Promise<boolean> {
    const { handled, mailbox, report } = this.parts;
    const { crate } = arrival;
    const known = await handled.departureOf(crate);
    if (known !== undefined) return this.#depart(arrival, known);

    const envelope = decodeBase64url(arrival.envelope);
    if (envelope === undefined || (await crateIdOf(envelope)) !== crate) {
      report({ code: 'answer-invalid', detail: 'The archive sent a crate under a wrong name.', id: crate });
      return true;
    }
    const { openCrate } = await import('@holdfast/protocol/sealing');
    const { keys, mailbox: id } = await mailbox.own();
    const opened = await openCrate(envelope, { mailbox: id, kem: [keys.kem] });
    if (!opened.ok) {
      report({ code: opened.code, detail: opened.detail, id: crate });
      if (!forDiscard.has(opened.code)) return true;
      await this.#record(crate, { by: 'discard' });
      return this.#depart(arrival, { by: 'discard' });
    }
    const { sender, content, ackSecret } = opened.value;
    const departure: Departure =
      this.options.receipts === false ? { by: 'discard' } : { by: 'receipt', secret: ackSecret };
    const { text } = content;
    if (text !== undefined && !(await handled.hasMessage(sender, content.id))) {
      const message = { id: content.id, from: sender, text, sentAt: content.iat, crate };
      try {
        await this.handler(message);
      } catch (error) {
        if (this.#ending.aborted) return false;
        report({ code: 'internal-error', detail: `The handler failed: ${nameOf(error)}`, id: crate });
        return false;
      }
    }
    await this.#record(crate, departure, { sender, id: content.id });
    return this.#depart(arrival, departure);
  }

  /** Writes down that the crate is dealt with; without that it is not acknowledged, so it is tried until it is written. */
  async #record(
    crate: string,
    departure: Departure,
    message?: { sender: string; id: string },
  ): Promise<void> {
    const { handled, clock, report } = this.parts;
    const write = async (failures: number): Promise<void> => {
      try {
        await handled.handled(crate, departure, secondsOf(clock), message);
      } catch (error) {
        if (failures === 0 && !this.#ending.aborted) report({ ...problemOf(error), id: crate });
        throw error;
      }
    };
    await retrying(write, {
      clock,
      signal: this.#ending,
      backoff: { baseMs: limits.inboxBackoffBaseMs, maxMs: limits.inboxBackoffMaxMs },
      wake: () => () => undefined,
    });
  }

  /** Tells those who offered the crate that it may go. If they do not hear it they offer it again, and are told then. */
  #depart(arrival: Arrival<ArchiveLink>, departure: Departure): true {
    for (const link of arrival.origins) {
      const told = this.#tell(link, arrival.crate, departure)
        .catch((error: unknown) => {
          if (!this.#ending.aborted)
            this.parts.report({ ...problemOf(error), url: link.url, id: arrival.crate });
        })
        .finally(() => this.#departures.delete(told));
      this.#departures.add(told);
    }
    return true;
  }

  async #tell(link: ArchiveLink, crate: string, departure: Departure): Promise<void> {
    if (departure.by === 'receipt') {
      await link.request({ op: 'ack', crate, secret: departure.secret }, 'crate-status');
      return;
    }
    const { signing } = await this.parts.mailbox.own();
    const signature = await signDiscard(signing, crate);
    await link.request({ op: 'discard', crate, signature }, 'crate-status');
  }

  readonly #unlessEnding = (error: unknown): undefined => {
    if (this.#ending.aborted) return undefined;
    throw error;
  };
}

/** What may be said of an application's error: its message could hold content. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);
