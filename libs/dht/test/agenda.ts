/** What is to happen in virtual time: the earliest first, and of one moment in the order of the planning. A heap. */
interface Happening {
  readonly atMs: number;
  readonly order: number;
  readonly call: () => void;
}

export class Agenda {
  readonly #heap: Happening[] = [];
  #planned = 0;

  plan(atMs: number, call: () => void): void {
    const heap = this.#heap;
    const happening: Happening = { atMs, order: this.#planned++, call };
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(happening, heap[above]!)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = happening;
  }

  /** The next that is due by then, which is on it no more. */
  take(untilMs: number): Happening | undefined {
    const next = this.#heap[0];
    if (next === undefined || next.atMs > untilMs) return undefined;
    this.#pop();
    return next;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (!isBefore(heap[below]!, last)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    if (heap.length > 0) heap[place] = last;
  }
}

const isBefore = (a: Happening, b: Happening): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
