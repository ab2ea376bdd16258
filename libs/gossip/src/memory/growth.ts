/** What grows and is waited for: the number of its last entry, and those who wait for a later one. */
export class Growth {
  last = 0;
  readonly #waiting = new Set<() => void>();

  grow(): number {
    this.last++;
    return this.last;
  }

  /** Told after what grew can be read. */
  tell(): void {
    for (const wake of this.#waiting) wake();
  }

  beyond(place: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        if (this.last <= place && !signal.aborted) return;
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
      wake();
    });
  }
}
