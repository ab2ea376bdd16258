/**
 * A link's life: everything it does runs as a task of it, the first thing that goes wrong ends it, and it is over when
 * the last task has come back. What waits for it waits no longer, by rejecting with `LinkOver`.
 */
import { HoldfastError } from '@holdfast/protocol';
import { Deadlines } from './deadlines.js';
import { gossipLimits } from './limits.js';
import type { Surroundings } from './ports.js';

/** How a link came to its end; without a code it was closed in good order. */
export interface LinkEnd {
  readonly code?: string;
  readonly detail?: string;
  /** Whether this side ended it, or was told of the end. */
  readonly by: 'us' | 'them';
}

/** Unwinds a task of a link that is over. It is told to nobody. */
export class LinkOver extends Error {
  override readonly name = 'LinkOver';
}

export class Life {
  readonly deadlines: Deadlines;
  readonly ended: Promise<LinkEnd>;
  /** Told when it is over. More wait than an AbortSignal takes listeners without a warning. */
  readonly #untold = new Set<() => void>();
  readonly #over = new AbortController();
  readonly #onEnd: (end: LinkEnd) => Promise<void>;
  #resolveEnded!: (end: LinkEnd) => void;
  #end: LinkEnd | undefined;
  #tasks = 0;

  /** @param onEnd told once, at once, of what ended the link; the life is over when it has come back, too */
  constructor(
    readonly surroundings: Surroundings,
    onEnd: (end: LinkEnd) => Promise<void>,
  ) {
    this.deadlines = new Deadlines(surroundings);
    this.#onEnd = onEnd;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  get end(): LinkEnd | undefined {
    return this.#end;
  }

  /** Runs to its end beside everything else; its failure ends the link. */
  run(task: () => Promise<void>): void {
    if (this.isOver) return;
    this.#tasks++;
    void task()
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        this.#tasks--;
        this.#settle();
      });
  }

  fail(error: unknown): void {
    if (error instanceof LinkOver) return;
    if (error instanceof HoldfastError) this.finish({ code: error.code, detail: error.message, by: 'us' });
    else this.finish({ code: 'internal-error', detail: String(error), by: 'us' });
  }

  finish(end: LinkEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#over.abort();
    for (const tell of this.#untold) tell();
    this.#untold.clear();
    this.deadlines.close();
    this.#tasks++;
    void this.#onEnd(end).finally(() => {
      this.#tasks--;
      this.#settle();
    });
  }

  /** Calls once the life is over, and never when it is over already. Answers what takes it back. */
  onOver(tell: () => void): () => void {
    if (!this.isOver) this.#untold.add(tell);
    return () => this.#untold.delete(tell);
  }

  check(): void {
    if (this.isOver) throw new LinkOver();
  }

  async sleep(delayMs: number): Promise<void> {
    this.check();
    await this.surroundings.sleep(delayMs, this.#over.signal);
    this.check();
  }

  /**
   * Until it succeeds: the archive itself fails only in passing, and nothing moves on meanwhile.
   * @param isPassing whether an error is one that passes; all are, unless it is given
   */
  async persist<T>(
    attempt: () => Promise<T>,
    isPassing: (error: unknown) => boolean = () => true,
  ): Promise<T> {
    for (let failures = 0; ; failures++) {
      this.check();
      try {
        const value = await attempt();
        this.check();
        return value;
      } catch (error) {
        if (error instanceof LinkOver || !isPassing(error)) throw error;
        await this.sleep(this.backoffMs(failures));
      }
    }
  }

  /** Full jitter: those who failed together do not come back together. */
  backoffMs(failures: number): number {
    const { retryMsMin, retryMsMax } = gossipLimits;
    return this.surroundings.random() * Math.min(retryMsMax, retryMsMin * 2 ** Math.min(failures, 20));
  }

  #settle(): void {
    if (this.#end !== undefined && this.#tasks === 0) this.#resolveEnded(this.#end);
  }
}
