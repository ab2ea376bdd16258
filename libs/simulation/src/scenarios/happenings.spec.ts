/** What scenarios do to their worlds, seen from outside of the figures that come of it. */
import { describe, expect, it } from '@jest/globals';
import { compareDistance, Key, keyBytes, ringTarget } from '@holdfast/dht';
import { weibull } from '../chance/distribution.js';
import { ClientWorld } from '../clients/client-world.js';
import type { Client } from '../clients/client.js';
import { Collusion } from '../clients/collusion.js';
import { Measures } from '../clients/measures.js';
import { Population } from '../clients/population.js';
import { Workload } from '../clients/workload.js';
import { happeningsOf, type Stage } from './happenings.js';
import { scenarioDefaults, type ScenarioName } from './scenario.js';

const minuteMs = 60_000;
const minutes = 20;

/** A world in which nothing is lost on its way, nobody leaves, and there are no direct links. */
function stageOf(scenario: ScenarioName): Stage {
  const measures = new Measures();
  const world: ClientWorld = new ClientWorld({
    seed: 1,
    archives: 12,
    neverDirectShare: 1,
    lossShare: 0,
    settings: {},
    learnsRoutes: false,
    found: (at, node, effect) => workload.found(at, node, effect),
  });
  const init = { ...scenarioDefaults(scenario, 'kad'), minutes };
  const sessions = weibull(1, 1e9);
  const population = new Population({ world, sessions, observerShare: 0, serveAfterMinutes: 10 });
  const workload = new Workload(world, measures);
  const measuredFromMs = world.startMs + 5 * minuteMs;
  const collusion = new Collusion();
  return { init, world, population, measures, workload, collusion, measuredFromMs, framesBefore: 0 };
}

describe('a partition', () => {
  const split = [5, 15] as const;

  function partition() {
    const stage = stageOf('partition');
    const { world, measuredFromMs } = stage;
    happeningsOf('partition').happen!(stage);
    const runTo = (minute: number): void => world.clock.runUntil(measuredFromMs + minute * minuteMs);
    return { stage, world, runTo };
  }

  it('keeps every archive from half of the others for ten minutes, and from none before and after', () => {
    const { world, runTo } = partition();
    const reachedByEach = (): number[] =>
      world.archives.map((one) => world.archives.filter((other) => one.reaches(other)).length);
    const all = world.archives.map(() => 12);
    const half = world.archives.map(() => 6);
    runTo(split[0] - 0.1);
    expect(reachedByEach()).toEqual(all);
    runTo(split[0]);
    expect(reachedByEach()).toEqual(half);
    runTo(split[1] - 0.1);
    expect(reachedByEach()).toEqual(half);
    runTo(split[1]);
    expect(reachedByEach()).toEqual(all);
  });

  it('lets nothing from one side arrive on the other', () => {
    const { stage, world, runTo } = partition();
    const [one, other] = [0, 1].map((index) =>
      stage.population.settle({
        id: new Key(new Uint8Array(keyBytes).fill(index + 1)),
        archive: world.archives[index]!,
        conduct: undefined,
      }),
    ) as [Client, Client];
    /** With two clients there, whatever arrives anywhere has come from the other side. */
    const arrives = (fromMinute: number): boolean => {
      runTo(fromMinute);
      const before = world.hash.hex();
      world.carrier.send(one, other.contact, { kind: 'ping', n: 1 });
      world.carrier.send(other, one.contact, { kind: 'ping', n: 1 });
      runTo(fromMinute + 0.5);
      return world.hash.hex() !== before;
    };
    expect(arrives(split[0] - 1)).toBe(true);
    // What was on its way then has arrived.
    for (let minute = split[0] + 1; minute < split[1]; minute++) expect(arrives(minute)).toBe(false);
    expect(arrives(split[1])).toBe(true);
  });
});

describe('sybils', () => {
  function among(honest: number) {
    const stage = stageOf('sybil');
    const { world, population, measuredFromMs } = stage;
    population.begin(honest);
    happeningsOf('sybil').prepare!(stage);
    const sybils = world.population.filter(({ conduct }) => conduct !== undefined);
    return { world, measuredFromMs, sybils, record: world.truth.records[0]! };
  }

  it('are the closest of all to where a record belongs in one ring, and to nothing else', () => {
    const { world, sybils, record } = among(300);
    expect([sybils.length, world.population.length, world.truth.records.length]).toEqual([16, 316, 1]);
    const closest = (ring: 0 | 1): Client[] => {
      const target = ringTarget(record.place, ring);
      const all = [...world.population].sort((a, b) => compareDistance(target, a.id, b.id));
      return all.slice(0, sybils.length);
    };
    expect(new Set(closest(0))).toEqual(new Set(sybils));
    expect(closest(1).filter((client) => sybils.includes(client)).length).toBeLessThan(8);
  });

  it('are at as many archives as there are', () => {
    const { world, sybils } = among(1);
    expect(new Set(sybils.map(({ archive }) => archive)).size).toBe(world.archives.length);
  });

  it('serve before the record is there', () => {
    const { world, sybils, record, measuredFromMs } = among(10);
    while (record.publishedAtMs === undefined && world.nowMs < measuredFromMs) {
      world.clock.runUntil(world.nowMs + 1_000);
    }
    expect(record.publishedAtMs).toBeDefined();
    const joinedAtMs = sybils.map((client) => client.joinedAtMs);
    expect(Math.max(...joinedAtMs)).toBeLessThan(record.publishedAtMs!);
    expect(sybils.every(({ role }) => role === 'server')).toBe(true);
  });
});
