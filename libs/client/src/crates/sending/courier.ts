/**
 * Has crates brought to archives (deposits.ts) and watches them until they have been delivered or have ended
 * (crate-watch.ts). What is learnt is written down before anybody hears of it, so no status ever goes back; nor does a
 * promise that was counted once, whatever becomes of the archive that gave it.
 */
import { HoldfastError, type CrateStatus } from '@holdfast/protocol';
import type { Problem } from '../../problem.js';
import { secondsOf, type Clock } from '../../clock.js';
import { problemOf } from '../../errors.js';
import { limits } from '../../limits.js';
import type { ArchiveLink } from '../../link/archive-link.js';
import type { Archives } from '../../link/archives.js';
import { Stopper, type StopSignal } from '../../stopper.js';
import type { Storage } from '../../storage/storage.js';
import { newsOf } from './crate-news.js';
import { CrateWatch } from './crate-watch.js';
import { readCustody } from './custody.js';
import { Deposits } from './deposits.js';
import { DirectSending } from './direct-sending.js';
import { candidatesOf, hasAccepted, holdersOf, isDurable } from './holders.js';
import type { DirectDelivery } from '../../overlay/direct/direct-delivery.js';
import type { PendingHolder } from '../status/message-status.js';
import { askedName, pendingOf } from './placement.js';
import type { CrateKnowledge, SentCrate, SentStore } from './sent-store.js';
import { isSettled, sameStanding } from '../status/status-lattice.js';
import { isExpired, isHeldNowhere, trackedCrate, type TrackedCrate } from './tracked-crate.js';

export interface CourierParts {
  readonly archives: Archives;
  readonly store: SentStore;
  readonly storage: Storage;
  readonly clock: Clock;
  /** Missing where crates go to archives alone. */
  readonly direct: DirectDelivery | undefined;
  /** How many archives are to hold a crate. */
  readonly holders: number;
  readonly statusBy: 'log' | 'id';
  readonly report: (problem: Problem) => void;
  /** Told after every step of a crate, when it has been written down. */
  readonly moved: (crate: SentCrate, known: CrateKnowledge) => void;
  /** Tracks what other programs have sent from this storage. */
  readonly takeUp: () => Promise<void>;
}

export class Courier {
  readonly #tracked = new Map<string, TrackedCrate>();
  readonly #deposits: Deposits;
  readonly #watch: CrateWatch;
  readonly #direct: DirectSending | undefined;
  readonly #closing = new Stopper();
  readonly #stopListening: readonly (() => void)[];

  constructor(private readonly parts: CourierParts) {
    const { archives, direct } = parts;
    if (direct !== undefined) {
      this.#direct = new DirectSending({
        ...parts,
        direct,
        closing: this.#closing,
        tracked: this.#tracked,
        learn: (sent, news) => this.#learn(sent, news),
        failed: (error, { crate }) => {
          if (!this.#closing.aborted) parts.report({ ...problemOf(error), id: crate });
        },
      });
    }
    this.#deposits = new Deposits({
      ...parts,
      closing: this.#closing,
      learn: (sent, news) => this.#learn(sent, news),
      gone: (tracked, link) => this.#watch.askNext(tracked, link),
    });
    this.#watch = new CrateWatch({
      ...parts,
      closing: this.#closing,
      tracked: this.#tracked,
      heard: (tracked, status, link) => this.#heard(tracked, status, link),
      expire: (tracked) => this.#learn(tracked.sent, { end: 'expired' }),
      recall: (tracked) => this.#recallOne(tracked),
    });
    const considerAll = (): void => {
      for (const tracked of this.#tracked.values()) this.#deposits.consider(tracked);
    };
    this.#stopListening = [archives.onOpen((link) => this.#opened(link)), archives.onAway(considerAll)];
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
    this.#deposits.begin(tracked);
    this.#direct?.begin(tracked);
    this.#watch.begin();
  }

  /** Ends those that are over by the clock here: an archive that has forgotten them could only say that it lost them. */
  async expire(crates: readonly SentCrate[]): Promise<void> {
    const now = secondsOf(this.parts.clock);
    for (const { crate } of crates) {
      const tracked = this.#tracked.get(crate);
      if (tracked !== undefined && isExpired(tracked, now))
        await this.#learn(tracked.sent, { end: 'expired' });
    }
  }

  /** Which archives are to have the crate and have not promised it. */
  pendingOf(crate: string): readonly PendingHolder[] {
    const tracked = this.#tracked.get(crate);
    const { archives, holders, clock } = this.parts;
    return tracked === undefined ? [] : pendingOf(tracked, archives.links, holders, clock.now());
  }

  /** The sender wants these back: what is not settled is recalled at the next opportunity. */
  async recall(crates: readonly SentCrate[]): Promise<void> {
    for (const sent of crates) {
      await this.#learn(sent, { recall: true });
      const tracked = this.#tracked.get(sent.crate);
      if (tracked !== undefined) await this.#recallOne(tracked);
    }
    this.#watch.within(limits.statusIntervalMinMs);
  }

  /**
   * Asks for these crates now. Answers whether everything that is on its way was heard of; what no archive has yet
   * cannot be.
   */
  async ask(crates: readonly SentCrate[], signal: StopSignal | undefined): Promise<boolean> {
    const asked = crates.flatMap(({ crate }) => this.#tracked.get(crate) ?? []);
    return this.#watch.ask(asked, signal);
  }

  /** Resolves when every crate has been tried at each of its archives that can perhaps be reached now. */
  tried(): Promise<void> {
    return this.#deposits.tried();
  }

  async close(): Promise<void> {
    for (const stop of this.#stopListening) stop();
    this.#closing.abort();
    for (const tracked of this.#tracked.values()) this.#deposits.end(tracked);
    this.#deposits.close();
    this.#direct?.close();
    await this.#watch.close();
  }

  #opened(link: ArchiveLink): void {
    for (const tracked of this.#tracked.values()) this.#deposits.opened(tracked, link);
    this.#watch.within(0);
  }

  #recallOne(tracked: TrackedCrate): Promise<void> {
    tracked.recalling ??= this.#tryRecall(tracked).finally(() => {
      tracked.recalling = undefined;
    });
    return tracked.recalling;
  }

  /** Shows the secret to every archive that can be asked now: each of them may be the only one that has it. */
  async #tryRecall(tracked: TrackedCrate): Promise<void> {
    const { sent, notHeldAt, uncertain } = tracked;
    const request = { op: 'recall', crate: sent.crate, secret: sent.recallSecret } as const;
    // After a deposit that is under way the archive could still take the crate: the next poll recalls it.
    const asked = holdersOf(tracked, this.parts.archives.links).filter(
      ({ url, open }) => open !== undefined && !notHeldAt.has(url) && !uncertain.has(url),
    );
    const heard = await Promise.all(
      asked.map((link) =>
        link.request(request, 'crate-status', { signal: this.#closing }).then(
          (answer) => [{ answer, link }],
          (error: unknown) => {
            if (error instanceof HoldfastError && error.code === 'crate-not-found') {
              notHeldAt.add(link.url).add(link.archiveId ?? link.url);
            }
            return [];
          },
        ),
      ),
    );
    // That somebody has it outweighs that another archive gave it back, and is told instead of that.
    const isDelivered = ({ answer }: (typeof heard)[number][number]): boolean =>
      answer.status === 'delivered';
    const answers = heard.flat();
    for (const { answer, link } of [...answers.filter(isDelivered), ...answers]) {
      if (!isSettled(tracked.known)) await this.#heard(tracked, answer, link);
    }
    // What no archive has, or ever had, is back already.
    if (uncertain.size === 0 && !isSettled(tracked.known) && isHeldNowhere(tracked)) {
      await this.#learn(sent, { end: 'recalled' });
    }
  }

  async #heard(tracked: TrackedCrate, status: CrateStatus, link: ArchiveLink): Promise<void> {
    const { sent, known, confirmedIn, lostAt } = tracked;
    const place = { [link.url]: link.archiveId ?? '' };
    const heard = await newsOf(status, sent, place, secondsOf(this.parts.clock));
    if (link.open !== undefined) confirmedIn.set(link.url, link.open.session);
    if (heard.kind === 'unbelievable') return this.#doubt(tracked, link, 'answer-invalid', heard.detail);
    if (heard.kind === 'news') {
      const custody = status.custody === undefined ? {} : await this.#custodyIn(tracked, status, link);
      if (status.status === 'accepted') noteErrands(tracked, status, link);
      return this.#learn(sent, { ...heard.news, ...custody });
    }
    // It promised to keep the crate and has lost it: the sender still has it.
    if (known.recall === true || !hasAccepted(known, link)) return;
    lostAt.add(link.url);
    this.#deposits.consider(tracked);
  }

  async #custodyIn(
    tracked: TrackedCrate,
    { custody = [] }: CrateStatus,
    link: ArchiveLink,
  ): Promise<Partial<CrateKnowledge>> {
    const candidates = candidatesOf(tracked.sent, this.parts.archives.links);
    const heard = await readCustody(custody, tracked.sent, candidates, secondsOf(this.parts.clock));
    for (const detail of heard.flaws) this.#doubt(tracked, link, 'custody-invalid', detail);
    return { custody: heard.custody };
  }

  /** Told once for each archive and flaw. */
  #doubt({ sent, doubted }: TrackedCrate, { url }: ArchiveLink, code: Problem['code'], detail: string): void {
    const about = `${url} ${detail}`;
    if (doubted.has(about)) return;
    doubted.add(about);
    this.parts.report({ code, detail, url, id: sent.crate });
  }

  async #learn(sent: SentCrate, news: Partial<CrateKnowledge>): Promise<void> {
    const { store, archives } = this.parts;
    const known = await store.learn(sent.crate, news, (all) => isDurable(sent, all, archives.links));
    const tracked = this.#tracked.get(sent.crate);
    if (tracked === undefined) return;
    const moved = !sameStanding(tracked.known, known);
    tracked.known = known;
    if (isSettled(known)) {
      this.#tracked.delete(sent.crate);
      this.#deposits.end(tracked);
      this.#direct?.end(tracked);
    }
    if (!moved) return;
    this.#watch.within(limits.statusIntervalMinMs);
    this.parts.moved(sent, known);
  }
}

/** What the archive still has to bring elsewhere; what it was asked to bring and does not name, it has brought. */
function noteErrands(tracked: TrackedCrate, { errands = [] }: CrateStatus, { url: via }: ArchiveLink): void {
  const open = new Set(errands.map(({ url }) => url));
  for (const { url, attempts, nextAttempt, code } of errands) {
    tracked.errands.set(url, {
      via,
      attempts,
      ...(nextAttempt === undefined ? {} : { nextAttemptAt: nextAttempt }),
      ...(code === undefined ? {} : { code }),
    });
  }
  for (const [url, errand] of tracked.errands) {
    if (errand.via === via && !open.has(url)) tracked.errands.delete(url);
  }
  const prefix = askedName(via, '');
  for (const name of tracked.known.asked ?? []) {
    const target = name.slice(prefix.length);
    if (name.startsWith(prefix) && !open.has(target)) tracked.brought.add(target);
  }
}
