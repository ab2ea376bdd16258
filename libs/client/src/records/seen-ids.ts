/** The ids that were handed out last, at most so many: by these the copies that other archives send are recognised. */
export class SeenIds {
  readonly #ids: Set<string>;

  constructor(
    private readonly max: number,
    ids: Iterable<string> = [],
  ) {
    this.#ids = new Set(ids);
  }

  /** False when the id was there already. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.max) this.#ids.delete(this.#ids.values().next().value!);
    return true;
  }

  /** The newest ones, the oldest of them first. */
  newest(count: number): string[] {
    return [...this.#ids].slice(-count);
  }
}
