/**
 * A follow over all archives as one loop: merges what the archives send, hands every record out once, and knows the
 * place after it. Under a name the place is kept in the storage; a record counts as done when the next one is asked
 * for, so after a crash the one in hand, and those whose saving was under way, are handed out again and none is missed.
 */
import { HoldfastError, type FollowFilter, type HoldfastRecord } from '@holdfast/protocol/core';
import { limits } from '../limits.js';
import type { ArchiveLink } from '../link/archive-link.js';
import type { Archives } from '../link/archives.js';
import { Channel } from '../channel.js';
import { ArchiveFollow, type ArchiveFollowParts, type FollowStep } from './archive-follow.js';
import { decodeFollowCursor, encodeFollowCursor, type FollowPlaces } from './follow-cursor.js';
import type { FollowStore } from './follow-store.js';
import type { FollowOptions, RecordFollow } from './records-contract.js';
import type { StopSignal } from '../stopper.js';
import { SeenIds } from './seen-ids.js';

export interface FollowParts extends Omit<ArchiveFollowParts, 'placeAt' | 'filter'> {
  readonly archives: Archives;
  /** Where the place is kept; undefined for a follow without a name. */
  readonly store: FollowStore | undefined;
  readonly closing: StopSignal;
  /** Told when the follow holds nothing any more. */
  readonly ended: () => void;
}

export class MergedFollow implements RecordFollow {
  readonly #steps = new Channel<{ readonly step: FollowStep; readonly from: ArchiveFollow }>();
  readonly #follows = new Map<ArchiveLink, ArchiveFollow>();
  readonly #from: FollowPlaces | 'start' | 'now';
  /** The places after the record that was handed out last, and after the last one that is done. */
  #handed: Record<string, string> = {};
  #done: Record<string, string> = {};
  #seen = new SeenIds(limits.followSeenMax);
  #begun: Promise<void> | undefined;
  #stopListening: () => void = () => undefined;
  #ended = false;

  constructor(
    private readonly filter: FollowFilter,
    private readonly parts: FollowParts,
    private readonly options: FollowOptions,
  ) {
    const { from = filter.since === undefined ? 'now' : 'start' } = options;
    if (from === 'now' && filter.since !== undefined) {
      throw new HoldfastError('filter-invalid', 'What is followed from now on has no "since".');
    }
    this.#from = from === 'start' || from === 'now' ? from : decodeFollowCursor(from);
  }

  get cursor(): string {
    return encodeFollowCursor(this.#handed);
  }

  async next(): Promise<IteratorResult<HoldfastRecord>> {
    try {
      this.#begun ??= this.#begin();
      await this.#begun;
      if (!this.#ended) this.#markDone();
      const record = await this.#nextRecord();
      if (record !== undefined) return { done: false, value: record };
    } catch (error) {
      await this.end();
      throw error;
    }
    return this.return();
  }

  /** Leaving the loop: the record in hand is not done. */
  async return(): Promise<IteratorResult<HoldfastRecord>> {
    await this.end();
    return { done: true, value: undefined };
  }

  /** Ends the loop, and saves the place. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopListening();
    await this.#steps.return();
    for (const follow of this.#follows.values()) follow.end();
    // What is just being opened could not be closed yet.
    await this.#begun?.catch(() => undefined);
    await this.parts.store?.close();
    this.parts.ended();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #nextRecord(): Promise<HoldfastRecord | undefined> {
    for (;;) {
      const next = await this.#steps.next();
      if (next.done === true) return undefined;
      const { step, from } = next.value;
      from.taken(step);
      this.#handed[step.archive] = step.cursor;
      if (step.record !== undefined && this.#seen.add(step.record.id)) return step.record;
      this.#markDone();
    }
  }

  async #begin(): Promise<void> {
    const { archives, store, closing } = this.parts;
    const { signal } = this.options;
    const kept = await store?.open();
    if (kept !== undefined) {
      this.#handed = { ...kept.places };
      this.#seen = new SeenIds(limits.followSeenMax, kept.seen);
    } else if (typeof this.#from === 'object') this.#handed = { ...this.#from };
    this.#done = { ...this.#handed };

    const end = (): void => void this.#steps.return();
    if (this.#ended || closing.aborted || signal?.aborted) return end();
    closing.addEventListener('abort', end);
    signal?.addEventListener('abort', end);
    const stopOpening = archives.onOpen((link) => this.#follows.get(link)?.opened());
    const stopLooking = archives.onChange(() => this.#failIfHopeless());
    this.#stopListening = () => {
      closing.removeEventListener('abort', end);
      signal?.removeEventListener('abort', end);
      stopOpening();
      stopLooking();
    };
    for (const link of archives.main) this.#follow(link);
    this.#failIfHopeless();
  }

  /** None of the archives will ever open again. */
  #failIfHopeless(): void {
    const hopeless = this.parts.archives.closedForGood();
    if (hopeless !== undefined) this.#steps.fail(hopeless);
  }

  #follow(link: ArchiveLink): void {
    // Without a cursor an archive begins at the start of its log when the filter has a "since", and otherwise now.
    const filter = this.#from === 'start' ? { since: 0, ...this.filter } : this.filter;
    const placeAt = (archive: string): string | undefined => this.#handed[archive];
    const follow = new ArchiveFollow(
      link,
      { ...this.parts, filter, placeAt },
      {
        step: (step, from) => this.#steps.push({ step, from }),
        caughtUp: (url) => this.options.onCaughtUp?.(url),
        failed: (error) => this.#steps.fail(error),
      },
    );
    this.#follows.set(link, follow);
    if (link.open !== undefined) follow.opened();
  }

  /** What has been handed out is done with. */
  #markDone(): void {
    this.#done = { ...this.#handed };
    this.parts.store?.save(this.#done, () => this.#seen.newest(limits.followSeenStoredMax));
  }
}
