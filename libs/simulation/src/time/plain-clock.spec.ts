import { describe, expect, it } from '@jest/globals';
import { PlainClock } from './plain-clock.js';

describe('the plain clock', () => {
  it('jumps from event to event, and ends where it was told to', () => {
    const clock = new PlainClock(1_000);
    const happened: string[] = [];
    clock.after(10, () => {
      happened.push(`late at ${clock.nowMs}`);
      clock.at(3, () => happened.push(`overdue at ${clock.nowMs}`));
      clock.after(5, () => happened.push(`last at ${clock.nowMs}`));
    });
    clock.after(3, () => happened.push(`early at ${clock.nowMs}`));
    clock.callOff(clock.after(7, () => happened.push('never')));
    clock.after(3_600_000, () => happened.push('beyond the end'));
    clock.runUntil(61_000);
    expect(happened).toEqual(['early at 1003', 'late at 1010', 'overdue at 1010', 'last at 1015']);
    expect([clock.nowMs, clock.happened]).toEqual([61_000, 4]);
  });
});
