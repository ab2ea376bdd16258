/** The simulator against what can be calculated: copies that nobody looks after are lost one by one. */
import { describe, expect, it } from '@jest/globals';
import { sessionsOf } from '../../src/clients/churn.js';
import { ClientWorld } from '../../src/clients/client-world.js';
import { holdersOf } from '../../src/clients/held.js';
import { Population } from '../../src/clients/population.js';

const minuteMs = 60_000;
const never = 1e9 * minuteMs;
const medianMinutes = 20;

/** Records that were stored once, of which nobody takes care, where sessions remember nothing of their age. */
function unrepaired(seed: number) {
  const world = new ClientWorld({
    seed,
    archives: 6,
    neverDirectShare: 0.3,
    lossShare: 0,
    learnsRoutes: false,
    settings: {
      refreshMs: never,
      tendMs: never,
      siblingSyncMs: never,
      ttlMs: never,
      selfLookupMs: never,
      checkMs: never,
      linksWanted: 0,
    },
    found: () => {},
  });
  const population = new Population({
    world,
    sessions: sessionsOf('bamboo', medianMinutes),
    observerShare: 0,
    serveAfterMinutes: 0,
  });
  population.begin(200);
  world.clock.runUntil(world.startMs + 2 * minuteMs);
  const random = world.random('authors');
  for (let i = 0; i < 200; i++) {
    const record = world.truth.makeRecord('unread', Math.floor(world.nowMs / 1_000));
    const author = random.oneOf(world.population.filter(({ node }) => node !== undefined));
    const { item, id, iat, place } = record;
    record.seenBy.add(author);
    world.tell(author, (node, nowMs) => node.store(place, { item, id, iat }, { pinned: false }, nowMs));
  }
  // Until the authors' own copies, which are no replicas, have faded.
  world.clock.runUntil(world.nowMs + 7 * minuteMs);
  const { records } = world.truth;
  const before = records.map((record) => holdersOf(world, record).length);
  const laterMinutes = 1.535 * medianMinutes;
  world.clock.runUntil(world.nowMs + laterMinutes * minuteMs);
  const after = records.map((record) => holdersOf(world, record).length);
  return { before, after, staying: 2 ** -(laterMinutes / medianMinutes) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('copies that nobody looks after', () => {
  const worlds = [1, 2, 3].map(unrepaired);
  const before = worlds.flatMap((world) => world.before);
  const after = worlds.flatMap((world) => world.after);
  const { staying } = worlds[0]!;

  it('go as their holders go', () => {
    expect(Math.abs(sum(after) / sum(before) / staying - 1)).toBeLessThan(0.08);
  });

  it('leave as many records as independent holders would', () => {
    const expected = sum(before.map((copies) => 1 - (1 - staying) ** copies)) / before.length;
    const survived = after.filter((copies) => copies > 0).length / after.length;
    expect(Math.abs(survived - expected)).toBeLessThan(0.03);
    // Eight holders, each staying with 34.5 %: 96.6 %.
    expect(Math.abs(1 - (1 - staying) ** 8 - 0.966)).toBeLessThan(0.001);
  });
});
