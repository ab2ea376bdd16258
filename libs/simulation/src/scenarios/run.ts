/**
 * Runs one world from its beginning to its end: it warms up for five minutes, then everything is measured. What happens
 * to it meanwhile is the scenario's (happenings.ts).
 */
import type { DhtSettings } from '@holdfast/dht';
import { weibull } from '../chance/distribution.js';
import { sessionsOf } from '../clients/churn.js';
import { ClientWorld } from '../clients/client-world.js';
import { Collusion } from '../clients/collusion.js';
import { isHeldBySomebody } from '../clients/held.js';
import { Measures } from '../clients/measures.js';
import { Population } from '../clients/population.js';
import { rounded } from '../clients/quantiles.js';
import type { Popularity } from '../clients/truth.js';
import { Workload } from '../clients/workload.js';
import { happeningsOf, type Stage } from './happenings.js';
import { chartsOf, figuresOf, type Charts, type Outcome } from './outcome.js';
import type { ScenarioChoices } from './scenario.js';

export interface RunInit extends ScenarioChoices {
  /** Called after every virtual minute. */
  readonly progress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  readonly minute: number;
  readonly of: number;
  readonly messages: number;
}

export interface Run {
  readonly outcome: Outcome;
  readonly charts: Charts;
}

const minuteMs = 60_000;
const warmUpMinutes = 5;
/** Searches that are under way at the end are waited for. */
const lastGetMs = 25_000;
const archives = 12;
const neverDirectShare = 0.3;
const lossShare = 0.002;
/** For what shall not happen within a run. */
const never = 1_000_000 * minuteMs;
/** Records of every popularity, for each client. */
const recordsPerNode = 0.1;

export function runScenario(init: RunInit): Run {
  const stage = stageOf(init);
  const { world, population, measures, workload } = stage;
  const happenings = happeningsOf(init.scenario);
  const size = happenings.sizeAtFirst?.(init.nodes) ?? init.nodes;
  population.begin(size);
  happenings.prepare?.(stage);
  const counts = happenings.records ?? { hot: 1, warm: 1, cold: 1, unread: 0 };
  for (const popularity of ['hot', 'warm', 'cold', 'unread'] as const) {
    const perNode = init.isCompact ? recordsPerNode / 10 : recordsPerNode;
    publishAll(stage, popularity, Math.ceil(init.nodes * perNode * counts[popularity]));
  }
  const endMs = stage.measuredFromMs + init.minutes * minuteMs;
  workload.endsAtMs = endMs - lastGetMs;
  world.clock.at(stage.measuredFromMs, () => {
    for (const client of world.population) client.meter.read(world.nowMs);
    measures.isMeasuring = true;
    stage.framesBefore = framesOf(stage);
  });
  happenings.happen?.(stage);

  const minutes = Math.ceil((endMs - world.startMs) / minuteMs);
  for (let minute = 1; minute <= minutes; minute++) {
    world.clock.runUntil(Math.min(endMs, world.startMs + minute * minuteMs));
    init.progress?.({ minute, of: minutes, messages: world.carrier.messages });
  }
  for (const client of world.population) measures.load(client.meter.read(world.nowMs));
  return { outcome: outcomeOf(init, stage), charts: chartsOf(measures, world.startMs) };
}

function stageOf(init: RunInit): Stage {
  const measures = new Measures();
  const world: ClientWorld = new ClientWorld({
    seed: init.seed,
    archives,
    neverDirectShare,
    lossShare,
    settings: settingsOf(init),
    learnsRoutes: needRoutes.has(init.scenario),
    found: (at, node, effect) => workload.found(at, node, effect),
  });
  const collusion = new Collusion();
  const isColluding = init.scenario === 'colluders';
  const population = new Population({
    world,
    sessions: init.scenario === 'steady' ? forever : sessionsOf(init.model, init.medianMinutes),
    observerShare: init.observerShare,
    serveAfterMinutes: init.serveAfterMinutes,
    conductOf: (random) =>
      isColluding && random.happens(init.share) ? collusion.conduct(random) : undefined,
  });
  const workload = new Workload(world, measures);
  population.ended = (client) => {
    measures.load(client.meter.read(world.nowMs));
    workload.left(client);
  };
  const measuredFromMs = world.startMs + warmUpMinutes * minuteMs;
  return { init, world, population, measures, workload, collusion, measuredFromMs, framesBefore: 0 };
}

function settingsOf({ repair, isCompact, settings }: ScenarioChoices): Partial<DhtSettings> {
  return {
    ...(repair ? {} : { refreshMs: never, siblingSyncMs: never, ttlMs: never }),
    ...(isCompact ? { replacementsPerBucket: 1, siblings: 8, linksWanted: 0 } : {}),
    ...settings,
  };
}

const needRoutes: ReadonlySet<string> = new Set([
  'archive-lost',
  'archives-all-lost',
  'partition',
  'colluders',
]);

/** Nobody leaves within any run. */
const forever = weibull(1, 1e9);

/** Half of them while the world warms up, when all have started; the others in the course of the run. */
function publishAll(
  { init, world, workload, measuredFromMs }: Stage,
  popularity: Popularity,
  count: number,
): void {
  const random = world.random(`publishing/${popularity}`);
  const earlyMs = [world.startMs + 1.5 * minuteMs, measuredFromMs] as const;
  const lateMs = [measuredFromMs, measuredFromMs + 0.8 * init.minutes * minuteMs] as const;
  for (let rank = 0; rank < count; rank++) {
    const [from, to] = rank % 2 === 0 || popularity === 'unread' ? earlyMs : lateMs;
    const atMs = random.whole(from, to);
    workload.publishAt(atMs, world.truth.makeRecord(popularity, Math.floor(atMs / 1_000)), rank, count);
  }
}

const framesOf = ({ world }: Stage): number => world.archives.reduce((sum, { frames }) => sum + frames, 0);

function outcomeOf(init: RunInit, stage: Stage): Outcome {
  const { world, population, measures } = stage;
  const { scenario, nodes, minutes, seed } = init;
  const hot = world.truth.records.filter(
    ({ popularity, publishedAtMs }) => popularity === 'hot' && publishedAtMs !== undefined,
  );
  const links = world.population.reduce((sum, client) => sum + client.links.size, 0);
  return {
    scenario,
    nodes,
    minutes,
    seed,
    ...figuresOf(measures),
    archiveFramesPerSecond: rounded((framesOf(stage) - stage.framesBefore) / (minutes * 60)),
    directLinks: {
      made: world.links.made,
      failed: world.links.failed,
      perClient: rounded(links / Math.max(1, world.population.length)),
    },
    misbehaved: world.misbehaved,
    messages: world.carrier.messages,
    byKind: world.carrier.kinds,
    joined: population.joined,
    left: population.left,
    traceHash: world.hash.hex(),
    // The last, since it asks the nodes.
    recordsLost: hot.filter((record) => !isHeldBySomebody(world, record)).length,
  };
}
