import { expect, it } from '@jest/globals';
import { ClientWorld } from '../clients/client-world.js';
import { Collusion } from '../clients/collusion.js';
import { Population } from '../clients/population.js';
import { weibull } from '../chance/distribution.js';
import { lyingArchives } from './lying-archives.js';
import { scenarioDefaults } from './scenario.js';

const never = 1e12;

function world() {
  const world = new ClientWorld({
    seed: 1,
    archives: 2,
    neverDirectShare: 1,
    lossShare: 0,
    learnsRoutes: false,
    // Nothing goes on by itself.
    settings: { linksWanted: 0, checkMs: never, selfLookupMs: never, siblingSyncMs: never, tendMs: never },
    found: () => {},
  });
  const collusion = new Collusion();
  const population = new Population({
    world,
    sessions: weibull(1, 1e9),
    observerShare: 0,
    serveAfterMinutes: 0,
    conductOf: (random) => (random.happens(0.3) ? collusion.conduct('leads') : undefined),
  });
  return { world, collusion, population };
}

it('of two archives one names colluders alone, the other says GONE of some that are there', () => {
  const { world: liars, collusion, population } = world();
  population.begin(60);
  lyingArchives({ init: { ...scenarioDefaults('colluders', 'kad'), lies: 'all' }, world: liars, collusion });
  liars.clock.runUntil(liars.startMs + 61_000);
  const [asker] = liars.population;
  const named = liars.archives.filter((archive) =>
    archive.closest(asker!.id, 8, asker!).every(({ conduct }) => conduct !== undefined),
  );
  expect(named).toHaveLength(1);
  const denying = liars.archives.filter((archive) => liars.population.some((each) => archive.denies(each)));
  expect(denying).toHaveLength(1);
  expect(denying).not.toEqual(named);
});

it('what a denying archive says is gone is gone for its clients and for those who ask for its clients', () => {
  const { world: honest, population } = world();
  population.begin(60);
  // Everybody has joined, and waits for nothing any more.
  honest.clock.runUntil(honest.startMs + 300_000);
  const [own, other] = honest.archives;
  const [sender, fellow] = honest.population.filter(({ archive }) => archive === own);
  const far = honest.population.find(({ archive }) => archive === other)!;
  own!.lies = { denies: (client) => client !== sender };
  const gone = honest.carrier.gone;
  for (const [from, to] of [
    [sender!, far],
    [sender!, fellow!],
    [far, fellow!],
  ] as const) {
    honest.carrier.send(from, to.contact, { kind: 'pong', n: 0 });
  }
  honest.clock.runUntil(honest.nowMs + 5_000);
  expect(honest.carrier.gone - gone).toBe(3);
});
