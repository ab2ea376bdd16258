/**
 * Collects, opens and hands over what comes to this identity's mailboxes. The order is what gives "exactly once":
 * handler, then the storage, then the acknowledgement. A message whose handling is in the storage is never handed over
 * again; one that is acknowledged is in the storage. If the process dies between the handler's success and the
 * storage, the message is offered once more: nobody can know better.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Problem } from '../../problem.js';
import { secondsOf, type Clock } from '../../clock.js';
import { problemOf } from '../../errors.js';
import { limits } from '../../limits.js';
import type { ArchiveLink } from '../../link/archive-link.js';
import type { Archives } from '../../link/archives.js';
import type { DirectDelivery } from '../../overlay/direct/direct-delivery.js';
import { pause } from '../../pacing.js';
import type { Storage } from '../../storage/storage.js';
import { Stopper, type StopSignal } from '../../stopper.js';
import { Acknowledgements } from './acknowledgements.js';
import { Arrivals, type Arrival } from './arrivals.js';
import { ArchiveOrigin, type CrateOrigin } from './crate-origin.js';
import { DirectArrivals } from './direct-arrivals.js';
import type { ContactAddresses } from '../mailboxes/contact-addresses.js';
import type { Fellows } from '../fellows/fellows.js';
import type { HandledStore } from './handled-store.js';
import type { InboxHandler, InboxOptions } from './inbox-contract.js';
import { LinkCollection } from './link-collection.js';
import { MessageIntake } from './message-intake.js';
import type { OwnMailboxes } from '../mailboxes/own-mailboxes.js';

export interface InboxParts {
  readonly author: string;
  readonly mailboxes: OwnMailboxes;
  readonly addresses: ContactAddresses;
  readonly fellows: (ending: StopSignal) => Fellows;
  readonly handled: HandledStore;
  readonly storage: Storage;
  readonly archives: Archives;
  readonly clock: Clock;
  /** Missing where crates come from archives alone. */
  readonly direct: DirectDelivery | undefined;
  readonly patienceMs: number;
  readonly report: (problem: Problem) => void;
  readonly closing: StopSignal;
}

export class Inbox {
  readonly #arrivals = new Arrivals<CrateOrigin>({
    countMax: limits.inboxBufferMax,
    bytesMax: limits.inboxBufferBytesMax,
    failedMax: limits.inboxFailedMax,
    backoff: { baseMs: limits.inboxBackoffBaseMs, maxMs: limits.inboxBackoffMaxMs },
  });
  readonly #collections: readonly LinkCollection[];
  readonly #direct: DirectArrivals | undefined;
  readonly #acknowledgements: Acknowledgements;
  readonly #intake: MessageIntake;
  readonly #fellows: Fellows;
  readonly #ending: Stopper;
  readonly #beganAt: number;
  #choresAt = 0;
  #forgetAt = 0;
  /** Something has happened that the loop has not looked at. */
  #stirred = false;
  #wake: (() => void) | undefined;

  constructor(
    private readonly parts: InboxParts,
    handler: InboxHandler,
    private readonly options: InboxOptions,
  ) {
    const { closing, archives, mailboxes, clock, direct, report } = parts;
    this.#ending = new Stopper(closing, options.signal);
    this.#beganAt = clock.now();
    this.#fellows = parts.fellows(this.#ending);
    this.#collections = archives.main.map((link) => {
      const origin = new ArchiveOrigin(link);
      return new LinkCollection(link, {
        clock,
        report,
        card: () => mailboxes.device.card(),
        arrived: (crate, envelope) => this.#arrivals.arrive(crate, envelope, origin),
        progressed: this.#stir,
      });
    });
    const { receipts = true, announce: announced = 'contacts' } = options;
    if (direct !== undefined) {
      const arrived = (crate: string, envelope: string, from: CrateOrigin): boolean => {
        this.#stir();
        return this.#arrivals.arrive(crate, envelope, from);
      };
      this.#direct = new DirectArrivals({ direct, mailboxes, announced, arrived });
    }
    this.#intake = new MessageIntake(
      {
        ...parts,
        fellows: this.#fellows,
        ending: this.#ending,
        tells: typeof receipts === 'function' ? receipts : () => receipts,
      },
      handler,
    );
    this.#acknowledgements = new Acknowledgements({
      clock,
      delayMsMax: options.receiptDelayMs ?? limits.receiptDelayMsDefault,
      failed: (error, id, { link }) => {
        const where = link === undefined ? {} : { url: link.url };
        if (!this.#ending.aborted) report({ ...problemOf(error), ...where, id });
      },
      answered: ({ link }) => this.#collectionOf(link)?.heard(),
      emptied: this.#stir,
    });
  }

  async run(): Promise<void> {
    try {
      await this.#run();
    } finally {
      this.#ending.release();
    }
  }

  async #run(): Promise<void> {
    const { storage, author, archives, mailboxes } = this.parts;
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
    const stopListening = archives.onOpen((link) => this.#collectionOf(link)?.opened());
    const stopHearing = mailboxes.pairwise.onMade(() => {
      this.#choresAt = 0;
      this.#stir();
    });
    try {
      await this.#fellows.begin();
      this.#direct?.begin();
      await this.#doChores();
      for (const collection of this.#collections) collection.opened();
      await this.#work(watch);
    } finally {
      stopListening();
      stopHearing();
      this.#direct?.end();
      for (const collection of this.#collections) collection.end();
      await Promise.all([this.#acknowledgements.end(), this.#fellows.settled()]);
      await unlock();
    }
  }

  async #work(watch: boolean): Promise<void> {
    const { clock, archives } = this.parts;
    while (!this.#ending.aborted) {
      const hopeless = archives.closedForGood();
      if (hopeless !== undefined) throw hopeless;
      if (clock.now() >= this.#choresAt) await this.#doChores();
      this.#stirred = false;
      const arrival = this.#arrivals.take(clock.now());
      if (arrival !== undefined) await this.#deal(arrival);
      else if (!watch && (await this.#isOver())) return;
      else await this.#idle(watch);
    }
  }

  /** What is due now and then, however long this goes on. */
  async #doChores(): Promise<void> {
    const { clock, handled, mailboxes, report } = this.parts;
    const now = clock.now();
    this.#choresAt = now + limits.inboxChoresMs;
    try {
      const hasNewCard = await mailboxes.keepUp();
      const present = await mailboxes.load();
      for (const collection of this.#collections) {
        collection.collect(present);
        if (hasNewCard) collection.publishCard();
      }
      await this.#direct?.announce();
      if (now < this.#forgetAt) return;
      this.#forgetAt = now + limits.forgetEveryMs;
      await handled.forgetOld(secondsOf(clock));
      await this.#fellows.forgetOld();
    } catch (error) {
      if (!this.#ending.aborted) report(problemOf(error));
    }
  }

  /** Until something arrives, or a failed message is due. */
  async #idle(watch: boolean): Promise<void> {
    const { clock } = this.parts;
    for (const collection of this.#collections) collection.resume();
    if (watch && this.#connectedDrained().isDrained) this.#fellows.collected();
    const now = clock.now();
    const dueIn = Math.min(this.#arrivals.nextDueAt() ?? Infinity, this.#choresAt) - now;
    const longest = watch ? limits.inboxIdleMs : limits.inboxDrainPollMs;
    if (this.#stirred) return;
    await pause(clock, Math.max(0, Math.min(dueIn, longest)), this.#ending, (wake) => {
      this.#wake = wake;
      return () => {
        this.#wake = undefined;
      };
    });
  }

  /** Whether an inbox that does not watch has done everything that there was to do. */
  async #isOver(): Promise<boolean> {
    const { connected, isDrained, now } = this.#connectedDrained();
    if (connected.length === 0 && now >= this.#beganAt + this.parts.patienceMs) {
      throw new HoldfastError('archive-unreachable', 'No archive could be reached to collect from.');
    }
    // A window that is full of crates which wait for their receipts holds back the others.
    if (!isDrained || !this.#acknowledgements.isEmpty) return false;
    const failure = connected
      .map((one) => one.failureAfter(this.parts.patienceMs, now))
      .find((error) => error !== undefined);
    if (failure !== undefined) throw failure;
    this.#fellows.collected();
    await this.#fellows.settled();
    return this.#arrivals.isIdle;
  }

  /**
   * Whether everything that waited has been offered: by every archive that is connected, or that there was time to
   * connect to. One that does not tell what waits there for so long is not waited for.
   */
  #connectedDrained() {
    const { clock, patienceMs } = this.parts;
    const living = this.#collections.filter(({ link }) => link.state.name !== 'closed');
    const connected = living.filter(({ link }) => link.open !== undefined);
    const now = clock.now();
    const isWaitedFor = connected.length < living.length && now < this.#beganAt + patienceMs;
    const isDrained =
      !isWaitedFor &&
      connected.length > 0 &&
      connected.every((one) => one.isDrained(now) || one.failureAfter(patienceMs, now) !== undefined);
    return { connected, isDrained, now };
  }

  async #deal(arrival: Arrival<CrateOrigin>): Promise<void> {
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
  async #handle({ crate, envelope, origins }: Arrival<CrateOrigin>): Promise<boolean> {
    if (this.#acknowledgements.offeredAgain(crate, origins)) return true;
    const taken = await this.#intake.take(crate, envelope);
    if (taken === 'failed') return false;
    if (taken === 'left there') return true;
    this.#acknowledgements.add(crate, taken.departure, taken.signing, origins);
    return true;
  }

  #collectionOf(link: ArchiveLink | undefined): LinkCollection | undefined {
    return this.#collections.find((one) => one.link === link);
  }

  readonly #stir = (): void => {
    this.#stirred = true;
    this.#wake?.();
  };

  readonly #unlessEnding = (error: unknown): undefined => {
    if (this.#ending.aborted) return undefined;
    throw error;
  };
}
