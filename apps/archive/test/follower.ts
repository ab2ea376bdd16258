/** Somebody who follows the log in tests, without a connection between. */
import type { FollowFilter } from '@holdfast/protocol';
import type { FollowedEntry, RecordFollows } from '../src/records/follow/record-follows.js';

/** Remembers what came. */
export class Follower {
  readonly entries: FollowedEntry[] = [];
  caughtUpAt: string | undefined;
  readonly ended: Promise<void>;
  private readonly stopped = new AbortController();
  private changed = (): void => {};
  private reads: Promise<void> = Promise.resolve();
  private resume = (): void => {};

  constructor(follows: RecordFollows, filter: FollowFilter, cursor: string | undefined) {
    const sink = {
      entries: (entries: FollowedEntry[]) => {
        this.caughtUpAt = undefined;
        this.entries.push(...entries);
        this.changed();
      },
      caughtUp: (at: string) => {
        this.caughtUpAt = at;
        this.changed();
      },
      drained: () => this.reads,
    };
    this.ended = follows.follow(filter, cursor, sink, this.stopped.signal);
    this.ended.catch(() => this.changed());
  }

  get records(): string[] {
    return this.entries.map(({ record }) => record);
  }

  /** Reads nothing from now on, until the function that it answers is called. */
  pause(): () => void {
    this.reads = new Promise((resolve) => (this.resume = resolve));
    return () => this.resume();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.changed = resolve));
  }

  async caughtUp(): Promise<this> {
    await this.until(() => this.caughtUpAt !== undefined);
    return this;
  }

  async has(count: number): Promise<this> {
    await this.until(() => this.entries.length >= count);
    return this;
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    this.resume();
    await this.ended.catch(() => undefined);
  }
}
