/**
 * Ends work, like an AbortController, for any number of waiting calls: a Node process warns of a leak when more than
 * ten listen to one AbortSignal. A Stopper listens once to each of its sources and is listened to instead of them.
 */
export interface StopSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What internal calls take where public ones take `Waiting`: an AbortSignal, or a Stopper. */
export interface Stoppable {
  readonly signal?: StopSignal | undefined;
}

export class Stopper implements StopSignal {
  readonly #listeners = new Set<() => void>();
  readonly #sources: readonly StopSignal[];
  #aborted = false;

  /** Aborts with the first of the sources. Call `release` when it is done with, for sources may live long. */
  constructor(...sources: readonly (StopSignal | undefined)[]) {
    this.#sources = sources.filter((source) => source !== undefined);
    if (this.#sources.some(({ aborted }) => aborted)) this.#aborted = true;
    else for (const source of this.#sources) source.addEventListener('abort', this.abort);
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.#aborted) this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  readonly abort = (): void => {
    if (this.#aborted) return;
    this.#aborted = true;
    this.release();
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  };

  release(): void {
    for (const source of this.#sources) source.removeEventListener('abort', this.abort);
  }
}
