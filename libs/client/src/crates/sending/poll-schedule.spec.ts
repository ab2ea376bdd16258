import { describe, expect, it } from '@jest/globals';
import { PollSchedule } from './poll-schedule.js';

describe('the schedule of status polls', () => {
  it('asks ever more rarely while nothing moves, and soon again when something has', () => {
    const schedule = new PollSchedule({ minMs: 1_000, maxMs: 5_000 });
    expect([1, 2, 3, 4, 5, 6].map(() => schedule.nextMs())).toEqual([
      1_000, 1_500, 2_250, 3_375, 5_000, 5_000,
    ]);
    schedule.moved();
    expect(schedule.nextMs()).toBe(1_000);
  });
});
