import { describe, expect, it } from '@jest/globals';
import { Lifetimes } from './lifetimes.js';

const minute = 60_000;

describe('how long contacts stay', () => {
  it('is taken to be short until it is known, and known after one round through a table that stays', () => {
    const lifetimes = new Lifetimes();
    const hasty = lifetimes.pace;
    expect(hasty).toBeLessThan(0.3);
    for (let i = 0; i < 60; i++) lifetimes.stayed(minute);
    expect(lifetimes.pace).toBe(1);
  });

  it('comes close to what it is, and follows it when it changes', () => {
    const lifetimes = new Lifetimes();
    const live = (meanMinutes: number, departures: number): void => {
      for (let departure = 0; departure < departures; departure++) {
        for (let i = 1; i < meanMinutes; i++) lifetimes.stayed(minute);
        lifetimes.left(2 * minute);
      }
    };
    live(4, 200);
    expect(Math.abs(lifetimes.meanMs / (4 * minute) - 1)).toBeLessThan(0.25);
    const before = lifetimes.pace;
    live(40, 200);
    expect(Math.abs(lifetimes.meanMs / (40 * minute) - 1)).toBeLessThan(0.25);
    expect(lifetimes.pace).toBeGreaterThan(2 * before);
  });

  it('lets the table rest longer than copies where contacts stay for hours, and twice as long at most', () => {
    const lifetimes = new Lifetimes();
    for (let i = 0; i < 117; i++) lifetimes.stayed(minute);
    expect(lifetimes.tablePace).toBeCloseTo(Math.SQRT2);
    for (let i = 0; i < 1_000; i++) lifetimes.stayed(minute);
    expect(lifetimes.tablePace).toBe(2);
    expect(lifetimes.pace).toBe(1);
  });

  it('is not shorter for one that was only slow', () => {
    const lifetimes = new Lifetimes();
    for (let i = 0; i < 60; i++) lifetimes.stayed(minute);
    const before = lifetimes.meanMs;
    lifetimes.left(minute);
    expect(lifetimes.meanMs).toBeLessThan(before);
    lifetimes.returned();
    expect(lifetimes.meanMs).toBeGreaterThanOrEqual(before);
  });

  it('learns nothing from one that was never seen before', () => {
    const lifetimes = new Lifetimes();
    const before = lifetimes.meanMs;
    lifetimes.stayed(Infinity);
    lifetimes.left(Infinity);
    expect(lifetimes.meanMs).toBe(before);
  });

  it('is only called short when several have been seen to leave', () => {
    const lifetimes = new Lifetimes();
    expect(lifetimes.areShorterThan(8 * minute)).toBe(false);
    for (let i = 0; i < 10; i++) lifetimes.left(minute);
    expect(lifetimes.areShorterThan(8 * minute)).toBe(true);
    for (let i = 0; i < 200; i++) lifetimes.stayed(minute);
    expect(lifetimes.areShorterThan(8 * minute)).toBe(false);
  });
});
