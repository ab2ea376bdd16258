/**
 * What a node has planned, in one heap ordered by time, then by the order of planning: what comes out depends on what
 * went in, and on nothing else. What is called off stays until its turn, for nearly all of it is near.
 */
import type { Timer } from './context.js';

export abstract class Deadline implements Timer {
  atMs = 0;
  order = 0;
  isOver = false;

  abstract reached(): void;

  cancel(): void {
    this.isOver = true;
  }
}

export class Timers {
  readonly #heap: Deadline[] = [];
  #planned = 0;

  plan(deadline: Deadline, atMs: number): void {
    deadline.atMs = atMs;
    deadline.order = this.#planned++;
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = heap[above]!;
      if (!isBefore(deadline, other)) break;
      heap[place] = other;
      place = above;
    }
    heap[place] = deadline;
  }

  after(nowMs: number, delayMs: number, call: () => void): Timer {
    const deadline = new Call(call);
    this.plan(deadline, nowMs + delayMs);
    return deadline;
  }

  get next(): number | undefined {
    const heap = this.#heap;
    while (heap.length > 0 && heap[0]!.isOver) this.#takeFirst();
    return heap[0]?.atMs;
  }

  /** Also what is planned meanwhile, if it is due as well. */
  run(nowMs: number): void {
    for (let next = this.next; next !== undefined && next <= nowMs; next = this.next) {
      const deadline = this.#takeFirst();
      deadline.isOver = true;
      deadline.reached();
    }
  }

  #takeFirst(): Deadline {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    const count = heap.length;
    if (count === 0) return first;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= count) break;
      if (below + 1 < count && isBefore(heap[below + 1]!, heap[below]!)) below++;
      const other = heap[below]!;
      if (!isBefore(other, last)) break;
      heap[place] = other;
      place = below;
    }
    heap[place] = last;
    return first;
  }
}

class Call extends Deadline {
  #call: (() => void) | undefined;

  constructor(call: () => void) {
    super();
    this.#call = call;
  }

  override reached(): void {
    this.#call?.();
  }

  override cancel(): void {
    super.cancel();
    this.#call = undefined;
  }
}

const isBefore = (a: Deadline, b: Deadline): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
