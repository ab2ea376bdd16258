import { describe, expect, it } from '@jest/globals';
import { StandingClock } from '../../../test/standing-clock.js';
import { overlayLimits } from '../limits.js';
import type { OverlayChoice } from '../overlay-contract.js';
import { Standing } from './standing.js';

const servesAfterMs = 600_000;

function standing(asked: OverlayChoice, mayServe = true) {
  const clock = new StandingClock();
  const told: string[] = [];
  let listener: (() => void) | undefined;
  const around = { mayServe };
  const surroundings = {
    mayServe: () => around.mayServe,
    onChange: (call: () => void) => {
      listener = call;
      return () => void (listener = undefined);
    },
  };
  const one: Standing = new Standing(asked, surroundings, servesAfterMs, clock, () => told.push(one.role));
  const change = (may: boolean): void => {
    around.mayServe = may;
    listener?.();
  };
  return { clock, told, one, change, isListening: () => listener !== undefined };
}

describe('a client that was asked to serve', () => {
  it('is an observer until it has been up for long enough', () => {
    const { clock, told, one } = standing('server');
    clock.pass(servesAfterMs - 1);
    expect([one.role, told]).toEqual(['observer', []]);
    clock.pass(1);
    expect([one.role, told]).toEqual(['server', ['server']]);
  });

  it('observes while its page is hidden or its network metered, and serves again afterwards', () => {
    const { clock, told, change } = standing('server');
    clock.pass(servesAfterMs);
    change(false);
    change(false);
    change(true);
    expect(told).toEqual(['server', 'observer', 'server']);
  });

  it('does not serve before its time because its page is shown again', () => {
    const { told, change } = standing('server', false);
    change(true);
    expect(told).toEqual([]);
  });

  it('that is hidden when its time comes serves when it is shown', () => {
    const { clock, told, change } = standing('server', false);
    clock.pass(servesAfterMs);
    expect(told).toEqual([]);
    change(true);
    expect(told).toEqual(['server']);
  });

  it('serves as soon as an archive names too few servers, and goes on when it names more', () => {
    const { told, one } = standing('server');
    one.joined(overlayLimits.serversEnough);
    expect(told).toEqual([]);
    one.joined(overlayLimits.serversEnough - 1);
    one.joined(overlayLimits.serversEnough);
    expect(told).toEqual(['server']);
  });

  it('depends on its surroundings however few servers there are', () => {
    const { told, one, change } = standing('server', false);
    one.joined(0);
    expect(one.role).toBe('observer');
    change(true);
    change(false);
    expect(told).toEqual(['server', 'observer']);
  });

  it('looks at nothing any more when it has ended', () => {
    const { clock, told, one, isListening } = standing('server');
    one.end();
    clock.pass(servesAfterMs);
    expect([told, isListening(), clock.waiting]).toEqual([[], false, 0]);
  });
});

it('a client that was asked to observe never serves', () => {
  const { clock, told, one, change } = standing('observer');
  one.joined(0);
  clock.pass(servesAfterMs);
  change(true);
  expect(told).toEqual([]);
});
