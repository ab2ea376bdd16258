import { describe, expect, it } from '@jest/globals';
import type { Role } from '@holdfast/dht';
import { JumpingClock } from '../../../test/jumping-clock.js';
import { overlayLimits } from '../limits.js';
import type { OverlayChoice } from '../overlay-contract.js';
import { Standing } from './standing.js';

const enough = overlayLimits.serversEnough;

function standingOf(asked: OverlayChoice) {
  const clock = new JumpingClock();
  clock.isHeld = true;
  const surroundings = { allow: true, look: (): void => undefined };
  const told: Role[] = [];
  const standing = new Standing(
    asked,
    {
      mayServe: () => surroundings.allow,
      onChange: (listener) => {
        surroundings.look = listener;
        return () => undefined;
      },
    },
    600_000,
    clock,
    () => void told.push(standing.role),
  );
  return { standing, clock, told, surroundings };
}

describe('the role of a client that is to be a server', () => {
  it('is an observer’s until it has been up for a while where there are servers enough', () => {
    const { standing, clock, told } = standingOf('server');
    standing.joined(enough);
    clock.jump({ seconds: 1 });
    expect(standing.role).toBe('observer');
    clock.jump({ seconds: 600 });
    expect(told).toEqual(['server']);
  });

  it('is a server’s as soon as an archive names fewer, and stays so when it names more', () => {
    const { standing, told } = standingOf('server');
    standing.joined(enough - 1);
    expect(told).toEqual(['server']);
    standing.joined(enough);
    expect(standing.role).toBe('server');
  });

  it('depends on its surroundings however few there are', () => {
    const { standing, told, surroundings } = standingOf('server');
    surroundings.allow = false;
    standing.joined(0);
    expect(standing.role).toBe('observer');
    surroundings.allow = true;
    surroundings.look();
    surroundings.allow = false;
    surroundings.look();
    expect(told).toEqual(['server', 'observer']);
  });
});

describe('the role of a client that is to be an observer', () => {
  it('never is another', () => {
    const { standing, clock, told } = standingOf('observer');
    standing.joined(0);
    clock.jump({ seconds: 601 });
    expect([standing.role, told]).toEqual(['observer', []]);
  });
});
