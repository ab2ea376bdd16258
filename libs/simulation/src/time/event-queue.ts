/**
 * What is going to happen, in a heap ordered by time, then by the order in which it was planned: so the order in which
 * events come out is a function of the order in which they went in, and of nothing else. What is called off leaves the
 * heap at once, because most deadlines are never reached. In columns, and with four below each: events are spread over
 * all of the memory, and looking at many of them for every one that happens is what takes the time.
 */
export class PlannedEvent {
  /** Its row in the queue; -1 once it has left it. */
  row = -1;

  constructor(
    readonly atMs: number,
    readonly sequence: number,
    readonly call: () => void,
  ) {}
}

const fanOut = 4;

export class EventQueue {
  /** By place in the heap. */
  readonly #times: number[] = [];
  readonly #sequences: number[] = [];
  readonly #rows: number[] = [];
  /** By row. */
  readonly #events: (PlannedEvent | undefined)[] = [];
  readonly #places: number[] = [];
  readonly #freeRows: number[] = [];
  #planned = 0;

  get size(): number {
    return this.#times.length;
  }

  plan(atMs: number, call: () => void): PlannedEvent {
    const event = new PlannedEvent(atMs, this.#planned++, call);
    const row = this.#freeRows.pop() ?? this.#events.length;
    event.row = row;
    this.#events[row] = event;
    const place = this.#times.length;
    this.#put(place, atMs, event.sequence, row);
    this.#rise(place, atMs, event.sequence, row);
    return event;
  }

  first(): PlannedEvent | undefined {
    return this.size === 0 ? undefined : this.#events[this.#rows[0]!];
  }

  /** Nothing happens when it has left already. */
  remove(event: PlannedEvent): void {
    const { row } = event;
    if (row === -1) return;
    event.row = -1;
    this.#events[row] = undefined;
    this.#freeRows.push(row);
    const place = this.#places[row]!;
    const atMs = this.#times.pop()!;
    const sequence = this.#sequences.pop()!;
    const lastRow = this.#rows.pop()!;
    if (lastRow === row) return;
    if (!this.#rise(place, atMs, sequence, lastRow)) this.#sink(place, atMs, sequence, lastRow);
  }

  /** Answers whether it has moved. */
  #rise(from: number, atMs: number, sequence: number, row: number): boolean {
    let place = from;
    while (place > 0) {
      const above = ((place - 1) / fanOut) | 0;
      if (!this.#isBefore(atMs, sequence, above)) break;
      this.#move(above, place);
      place = above;
    }
    if (place === from) return false;
    this.#put(place, atMs, sequence, row);
    return true;
  }

  #sink(from: number, atMs: number, sequence: number, row: number): void {
    const times = this.#times;
    let place = from;
    for (;;) {
      let first = place * fanOut + 1;
      if (first >= times.length) break;
      const end = Math.min(first + fanOut, times.length);
      for (let below = first + 1; below < end; below++) {
        if (this.#isBefore(times[below]!, this.#sequences[below]!, first)) first = below;
      }
      if (this.#isBefore(atMs, sequence, first)) break;
      this.#move(first, place);
      place = first;
    }
    this.#put(place, atMs, sequence, row);
  }

  #isBefore(atMs: number, sequence: number, place: number): boolean {
    const otherMs = this.#times[place]!;
    return atMs < otherMs || (atMs === otherMs && sequence < this.#sequences[place]!);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#sequences[from]!, this.#rows[from]!);
  }

  #put(place: number, atMs: number, sequence: number, row: number): void {
    this.#times[place] = atMs;
    this.#sequences[place] = sequence;
    this.#rows[place] = row;
    this.#places[row] = place;
  }
}
