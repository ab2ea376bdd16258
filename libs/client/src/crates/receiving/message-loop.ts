/** The inbox as a loop: the handler of a message waits until the loop asks for the next one. */
import { Channel } from '../../channel.js';
import { abortedError } from '../../errors.js';
import type { InboxHandler, InboxOptions, ReceivedMessage } from './inbox-contract.js';

export class MessageLoop implements AsyncIterableIterator<ReceivedMessage> {
  readonly #messages = new Channel<ReceivedMessage>();
  readonly #leaving = new AbortController();
  #inHand: { succeed(): void; fail(error: unknown): void } | undefined;
  #running: Promise<void> | undefined;

  constructor(
    private readonly run: (handler: InboxHandler, options: InboxOptions) => Promise<void>,
    private readonly options: InboxOptions,
  ) {}

  async next(): Promise<IteratorResult<ReceivedMessage>> {
    this.#running ??= this.#begin();
    this.#inHand?.succeed();
    this.#inHand = undefined;
    return this.#messages.next();
  }

  /** Leaving the loop: the message in hand was not handled, and is offered again. */
  async return(): Promise<IteratorResult<ReceivedMessage>> {
    this.#leaving.abort();
    this.#inHand?.fail(abortedError());
    this.#inHand = undefined;
    await this.#running;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #begin(): Promise<void> {
    const { signal } = this.options;
    const leave = (): void => this.#leaving.abort();
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave);
    const handler: InboxHandler = (message) =>
      new Promise((succeed, fail) => {
        this.#inHand = { succeed, fail };
        this.#messages.push(message);
      });
    try {
      await this.run(handler, { ...this.options, signal: this.#leaving.signal });
      this.#messages.end();
    } catch (error) {
      this.#messages.fail(error);
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }
}
