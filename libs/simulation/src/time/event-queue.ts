/**
 * What is going to happen, in a binary heap ordered by time, then by the order in which it was planned: so the order in
 * which events come out is a function of the order in which they went in, and of nothing else. What is called off leaves
 * the heap at once, because most deadlines are never reached.
 */
export class PlannedEvent {
  /** Where it stands in the heap; -1 once it has left it. */
  place = -1;

  constructor(
    readonly atMs: number,
    readonly sequence: number,
    readonly call: () => void,
  ) {}
}

export class EventQueue {
  readonly #heap: PlannedEvent[] = [];
  #planned = 0;

  get size(): number {
    return this.#heap.length;
  }

  plan(atMs: number, call: () => void): PlannedEvent {
    const event = new PlannedEvent(atMs, this.#planned++, call);
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1, event);
    return event;
  }

  first(): PlannedEvent | undefined {
    return this.#heap[0];
  }

  /** Nothing happens when it has left already. */
  remove(event: PlannedEvent): void {
    const { place } = event;
    if (place === -1) return;
    event.place = -1;
    const last = this.#heap.pop()!;
    if (last === event) return;
    if (place > 0 && isBefore(last, this.#heap[(place - 1) >> 1]!)) this.#rise(place, last);
    else this.#sink(place, last);
  }

  #rise(from: number, event: PlannedEvent): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.#heap[above]!;
      if (!isBefore(event, other)) break;
      this.#put(place, other);
      place = above;
    }
    this.#put(place, event);
  }

  #sink(from: number, event: PlannedEvent): void {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.#heap.length) break;
      if (below + 1 < this.#heap.length && isBefore(this.#heap[below + 1]!, this.#heap[below]!)) below++;
      const other = this.#heap[below]!;
      if (!isBefore(other, event)) break;
      this.#put(place, other);
      place = below;
    }
    this.#put(place, event);
  }

  #put(place: number, event: PlannedEvent): void {
    this.#heap[place] = event;
    event.place = place;
  }
}

const isBefore = (a: PlannedEvent, b: PlannedEvent): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
