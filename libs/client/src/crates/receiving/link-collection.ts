/**
 * Everything that is collected over one link: this device's public mailbox, and beside it the pairwise ones, each begun
 * when the ones before have been answered, so that an archive is never asked for all at once. On every connection the
 * card is published there as well: senders look for it where the crates are collected.
 */
import { HoldfastError } from '@holdfast/protocol';
import type { Clock } from '../../clock.js';
import { problemOf } from '../../errors.js';
import { limits } from '../../limits.js';
import type { ArchiveLink } from '../../link/archive-link.js';
import type { Problem } from '../../problem.js';
import { Collector } from './collector.js';
import type { OwnMailbox } from '../mailboxes/mailbox-keys.js';

export interface LinkCollectionParts {
  readonly clock: Clock;
  readonly card: () => Promise<string>;
  readonly report: (problem: Problem) => void;
  /** False when there is no room for the crate. */
  readonly arrived: (crate: string, envelope: string, link: ArchiveLink) => boolean;
  readonly progressed: () => void;
}

export class LinkCollection {
  readonly #collectors = new Map<string, Collector>();
  /** Those that are to be begun, and how many have been and were not answered. */
  #toBegin: Collector[] = [];
  readonly #begun = new Set<Collector>();
  #heardAt = 0;
  #ended = false;

  constructor(
    readonly link: ArchiveLink,
    private readonly parts: LinkCollectionParts,
  ) {}

  /** Collects these from now on, and none that is not among them. */
  collect(mailboxes: readonly OwnMailbox[]): void {
    const wanted = new Set(mailboxes.map(({ mailbox }) => mailbox));
    for (const [id, collector] of this.#collectors) {
      if (wanted.has(id)) continue;
      collector.end();
      this.#collectors.delete(id);
      this.#answered(collector);
    }
    for (const { mailbox, signing } of mailboxes) {
      if (this.#collectors.has(mailbox)) continue;
      const collector: Collector = new Collector(this.link, {
        mailbox: { mailbox, signing },
        clock: this.parts.clock,
        report: this.parts.report,
        arrived: this.parts.arrived,
        progressed: () => this.heard(),
        begun: () => this.#answered(collector),
      });
      this.#collectors.set(mailbox, collector);
      this.#toBegin.push(collector);
    }
    this.#beginSome();
  }

  /** The link has opened. */
  opened(): void {
    if (this.#ended) return;
    this.publishCard();
    this.#begun.clear();
    this.#toBegin = [...this.#collectors.values()];
    for (const collector of this.#toBegin) collector.forget();
    this.#beginSome();
  }

  /** Whoever finds this archive finds the card there. */
  publishCard(): void {
    if (this.link.open === undefined) return;
    this.parts
      .card()
      .then((record) => this.link.request({ op: 'publish', record }, 'published'))
      .catch((error: unknown) => {
        const isLost = error instanceof HoldfastError && error.code === 'archive-unreachable';
        if (!this.#ended && !isLost) this.parts.report({ ...problemOf(error), url: this.link.url });
      });
  }

  /** The archive has said something: what it has not offered yet may still come. */
  heard(): void {
    this.#heardAt = this.parts.clock.now();
    this.parts.progressed();
  }

  /** Whether everything that waited at the archive when collecting began has been handed over, or nothing more comes. */
  isDrained(now: number): boolean {
    const isSilent = now >= this.#heardAt + limits.inboxSilenceMs;
    return [...this.#collectors.values()].every((one) => one.drained || (isSilent && one.isAnswered));
  }

  /** Why nothing can be said of what waits in a mailbox, when the archive has not told it for that long. */
  failureAfter(patienceMs: number, now: number): HoldfastError | undefined {
    for (const collector of this.#collectors.values()) {
      const failure = collector.failureAfter(patienceMs, now);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** There is room again. */
  resume(): void {
    for (const collector of this.#collectors.values()) collector.resume();
  }

  end(): void {
    this.#ended = true;
    this.#toBegin = [];
    for (const collector of this.#collectors.values()) collector.end();
  }

  #answered(collector: Collector): void {
    if (this.#begun.delete(collector)) this.#beginSome();
  }

  #beginSome(): void {
    if (this.link.open === undefined || this.#ended) return;
    while (this.#toBegin.length > 0 && this.#begun.size < limits.collectsBegunMax) {
      const collector = this.#toBegin.shift()!;
      if (this.#collectors.get(collector.mailbox) !== collector) continue;
      this.#begun.add(collector);
      collector.begin();
    }
  }
}
