/** A loop whose source is still being made: what makes it has begun, and leaving the loop need not wait for a value. */
export class LateIterator<T> implements AsyncIterableIterator<T> {
  constructor(private readonly source: Promise<AsyncIterableIterator<T>>) {
    // Told by `next`; a loop that is never begun hears of no error.
    source.catch(() => undefined);
  }

  async next(): Promise<IteratorResult<T>> {
    return (await this.source).next();
  }

  async return(): Promise<IteratorResult<T>> {
    const source = await this.source.catch(() => undefined);
    await source?.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
