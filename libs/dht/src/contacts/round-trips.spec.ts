import { describe, expect, it } from '@jest/globals';
import { dhtLimits, dhtSettings } from '../limits.js';
import { RoundTrips } from './round-trips.js';

describe('the time-out of a contact', () => {
  it('is a default while nothing has come from its archive', () => {
    expect(new RoundTrips(dhtSettings).timeoutMs('archive')).toBe(dhtSettings.timeoutFirstMs);
  });

  it('is the smoothed round trip and four times its variation', () => {
    const trips = new RoundTrips(dhtSettings);
    trips.measured('archive', 400);
    expect(trips.timeoutMs('archive')).toBe(400 + 4 * 200);
    trips.measured('archive', 480);
    expect(trips.timeoutMs('archive')).toBe(410 + 4 * (200 + (80 - 200) / 4));
  });

  it('is never below its minimum nor above its maximum', () => {
    const trips = new RoundTrips(dhtSettings);
    for (let i = 0; i < 50; i++) {
      trips.measured('near', 1);
      trips.measured('far', 60_000);
    }
    expect(trips.timeoutMs('near')).toBe(dhtSettings.timeoutMinMs);
    expect(trips.timeoutMs('far')).toBe(dhtSettings.timeoutMaxMs);
  });

  it('is kept for each archive by itself, and for a bounded number of them', () => {
    const trips = new RoundTrips(dhtSettings);
    trips.measured('first', 10);
    for (let i = 0; i < dhtLimits.roundTripsMax; i++) trips.measured(`archive ${i}`, 10);
    expect(trips.timeoutMs('first')).toBe(dhtSettings.timeoutFirstMs);
    expect(trips.timeoutMs('archive 0')).toBe(dhtSettings.timeoutMinMs);
  });
});
