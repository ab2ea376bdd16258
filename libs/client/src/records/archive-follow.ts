/**
 * The part of a follow that comes from one archive: opens the stream whenever the link is open, verifies what comes in
 * the order in which it came, and goes on at the cursor of the last entry that it has taken. When the loop is slower
 * than the archive the stream is given up, and begun again there once there is room: nothing piles up.
 */
import type { Answer, FollowFilter, HoldfastError, HoldfastRecord } from '@holdfast/protocol/core';
import type { Clock } from '../clock.js';
import { limits } from '../limits.js';
import type { ArchiveLink } from '../link/archive-link.js';
import { backoffMs } from '../link/backoff.js';
import { isFinal } from '../pacing.js';
import { mayHave } from './coverage.js';
import type { RecordIntake } from './record-intake.js';

/** Something that moves the place of the follow: a record, or only the knowledge that nothing lies before the cursor. */
export interface FollowStep {
  readonly archive: string;
  readonly cursor: string;
  readonly record?: HoldfastRecord;
}

export interface ArchiveFollowEvents {
  step(step: FollowStep, from: ArchiveFollow): void;
  caughtUp(url: string): void;
  failed(error: HoldfastError): void;
}

export interface ArchiveFollowParts {
  readonly filter: FollowFilter;
  readonly clock: Clock;
  readonly intake: RecordIntake;
  /** Where to begin with an archive; undefined for "from now on". */
  readonly placeAt: (archive: string) => string | undefined;
}

type FollowAnswer = Extract<Answer, { op: 'entries' | 'caught-up' }>;

export class ArchiveFollow {
  /** Where this archive's stream goes on: after everything that has been received. */
  readonly #receivedTo = new Map<string, string>();
  #stopStream: (() => void) | undefined;
  #stopTimer: (() => void) | undefined;
  /** Grows with every stream: what an older one still delivers is not taken. */
  #generation = 0;
  #buffered = 0;
  #bufferedBytes = 0;
  #paused = false;
  #failures = 0;
  #ended = false;
  #work: Promise<void> = Promise.resolve();

  constructor(
    private readonly link: ArchiveLink,
    private readonly parts: ArchiveFollowParts,
    private readonly events: ArchiveFollowEvents,
  ) {}

  /** The link is open: begins, or goes on. */
  opened(): void {
    this.#failures = 0;
    this.#begin();
  }

  /** The loop has taken a step of this archive out of the buffer. */
  taken(step: FollowStep): void {
    this.#buffered--;
    this.#bufferedBytes -= sizeOf(step);
    const isHalfEmpty =
      this.#buffered <= limits.followBufferMax / 2 && this.#bufferedBytes <= limits.followBufferBytesMax / 2;
    if (!this.#paused || !isHalfEmpty) return;
    this.#paused = false;
    this.#begin();
  }

  end(): void {
    this.#ended = true;
    this.#stop();
  }

  #begin(): void {
    this.#stop();
    const open = this.link.open;
    if (open === undefined || this.#ended || this.#paused) return;
    const { archive, session } = open;
    const { filter } = this.parts;
    const cursor = this.#receivedTo.get(archive) ?? this.parts.placeAt(archive);
    // From the beginning of its log nothing is missed when its scope is wider one day; from now on something would be.
    if (cursor === undefined && filter.since !== undefined && !mayHave(this.link, filter)) {
      return this.events.caughtUp(this.link.url);
    }
    const generation = ++this.#generation;
    this.#stopStream = this.link.stream(
      { op: 'follow', filter, ...(cursor === undefined ? {} : { cursor }) },
      session,
      {
        answer: (answer) => {
          if (answer.op !== 'entries' && answer.op !== 'caught-up') return;
          this.#failures = 0;
          this.#work = this.#work.then(() => this.#take(answer, archive, generation));
        },
        failed: (error) => {
          if (generation === this.#generation) this.#failed(error);
        },
      },
    );
  }

  async #take(answer: FollowAnswer, archive: string, generation: number): Promise<void> {
    if (this.#ended || generation !== this.#generation) return;
    if (answer.op === 'caught-up') {
      this.#hand({ archive, cursor: answer.cursor });
      this.events.caughtUp(this.link.url);
    } else {
      const { intake, filter } = this.parts;
      const records = await intake.many(
        answer.entries.map(({ record }) => record),
        filter,
        this.link,
      );
      // A stream that was begun meanwhile began before these, and brings them again.
      if (this.#ended || generation !== this.#generation) return;
      answer.entries.forEach(({ cursor }, i) => {
        const record = records[i];
        this.#hand({ archive, cursor, ...(record === undefined ? {} : { record }) });
      });
    }
    this.#pauseIfFull();
  }

  #hand(step: FollowStep): void {
    this.#receivedTo.set(step.archive, step.cursor);
    this.#buffered++;
    this.#bufferedBytes += sizeOf(step);
    this.events.step(step, this);
  }

  #pauseIfFull(): void {
    const full =
      this.#buffered >= limits.followBufferMax || this.#bufferedBytes >= limits.followBufferBytesMax;
    if (!full || this.#paused) return;
    this.#paused = true;
    this.#stop();
  }

  #failed(error: HoldfastError): void {
    this.#stopStream = undefined;
    if (this.#ended) return;
    if (isFinal(error)) return this.events.failed(error);
    // A lost link says so by opening again; after another failure the stream is tried again on the same link.
    if (this.link.open === undefined) return;
    const delay = backoffMs(++this.#failures, this.parts.clock.random(), {
      baseMs: limits.backoffBaseMs,
      maxMs: limits.followRetryMaxMs,
    });
    this.#stopTimer = this.parts.clock.after(delay, () => this.#begin());
  }

  #stop(): void {
    this.#generation++;
    this.#stopStream?.();
    this.#stopStream = undefined;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }
}

const sizeOf = ({ record }: FollowStep): number => record?.jws.length ?? 0;
