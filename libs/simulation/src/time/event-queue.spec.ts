import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventQueue, type PlannedEvent } from './event-queue.js';

const nothing = (): void => {};

function takeAll(queue: EventQueue): PlannedEvent[] {
  const taken: PlannedEvent[] = [];
  for (let event = queue.first(); event !== undefined; event = queue.first()) {
    queue.remove(event);
    taken.push(event);
  }
  return taken;
}

describe('the event queue', () => {
  it('gives events by their time, and those of one time in the order in which they were planned', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.boolean())), (plans) => {
        const queue = new EventQueue();
        const events = plans.map(([atMs]) => queue.plan(atMs, nothing));
        events.forEach((event, index) => {
          if (plans[index]![1]) queue.remove(event);
        });
        const left = events.filter((_, index) => !plans[index]![1]);
        const inOrder = left.toSorted((a, b) => a.atMs - b.atMs || a.sequence - b.sequence);
        expect(queue.size).toBe(left.length);
        expect(takeAll(queue)).toEqual(inOrder);
      }),
    );
  });

  it('forgets an event that is called off twice, or after it has been taken, without harm to others', () => {
    const queue = new EventQueue();
    const [first, second, third] = [1, 2, 3].map((atMs) => queue.plan(atMs, nothing));
    queue.remove(second!);
    queue.remove(second!);
    queue.remove(first!);
    queue.remove(first!);
    expect(takeAll(queue)).toEqual([third]);
  });
});
