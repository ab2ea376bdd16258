import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { archiveLimits } from '../../limits.js';
import { Heartbeat, type Heart } from './heartbeat.js';

const intervalMs = 30_000;

function heart(more: Partial<Heart> = {}) {
  const made = {
    bytesRead: 0,
    bytesUnfinished: 0,
    pings: 0,
    ended: 0,
    ping: () => (made.pings += 1),
    terminate: () => (made.ended += 1),
    ...more,
  };
  return made;
}

describe('the heartbeat', () => {
  let heartbeat: Heartbeat;

  beforeEach(() => {
    jest.useFakeTimers();
    heartbeat = new Heartbeat(intervalMs);
  });

  afterEach(() => {
    heartbeat.stop();
    jest.useRealTimers();
  });

  it('pings every connection once an interval, and keeps those that answer', () => {
    const hearts = Array.from({ length: 100 }, () => heart());
    for (const each of hearts) {
      each.ping = () => (each.bytesRead += 6);
      heartbeat.watch(each);
    }
    jest.advanceTimersByTime(intervalMs * 4);
    expect(hearts.map(({ bytesRead }) => bytesRead)).toEqual(hearts.map(() => 24));
    expect(hearts.every(({ ended }) => ended === 0)).toBe(true);
  });

  it('ends a connection once that was silent since its ping', () => {
    const silent = heart();
    heartbeat.watch(silent);
    jest.advanceTimersByTime(intervalMs);
    expect(silent).toMatchObject({ pings: 1, ended: 0 });
    jest.advanceTimersByTime(intervalMs);
    expect(silent).toMatchObject({ pings: 1, ended: 1 });
    jest.advanceTimersByTime(intervalMs * 2);
    expect(silent).toMatchObject({ pings: 1, ended: 1 });
  });

  it('ends a connection that only drips bytes of a frame', () => {
    const dripping = heart();
    dripping.ping = () => {
      dripping.bytesRead += 100;
      dripping.bytesUnfinished += 100;
    };
    heartbeat.watch(dripping);
    jest.advanceTimersByTime(intervalMs * 2);
    expect(dripping.ended).toBe(1);
  });

  it('keeps a connection that is slow, but gets on with a large frame', () => {
    const slow = heart();
    slow.ping = () => {
      slow.bytesRead += archiveLimits.frameProgressBytesMin;
      slow.bytesUnfinished += archiveLimits.frameProgressBytesMin;
    };
    heartbeat.watch(slow);
    jest.advanceTimersByTime(intervalMs * 5);
    expect(slow.ended).toBe(0);
  });

  it('forgets a connection that has closed', () => {
    const closed = heart();
    heartbeat.watch(closed)();
    jest.advanceTimersByTime(intervalMs * 3);
    expect(closed).toMatchObject({ pings: 0, ended: 0 });
  });

  it('spreads the pings over the interval', () => {
    const pingedAt = new Set<number>();
    for (let i = 0; i < 300; i++) heartbeat.watch(heart({ ping: () => void pingedAt.add(Date.now()) }));
    jest.advanceTimersByTime(intervalMs);
    expect(pingedAt.size).toBe(30);
  });
});
