/** What happens in the scenarios that are more than churn. */
import type { Archive } from '../clients/archive.js';
import type { ClientWorld } from '../clients/client-world.js';
import type { Collusion } from '../clients/collusion.js';
import type { Measures } from '../clients/measures.js';
import type { Population } from '../clients/population.js';
import type { Popularity } from '../clients/truth.js';
import type { Workload } from '../clients/workload.js';
import { lyingArchives } from './lying-archives.js';
import { sybils } from './sybils.js';
import type { ScenarioChoices, ScenarioName } from './scenario.js';

export interface Stage {
  readonly init: ScenarioChoices;
  readonly world: ClientWorld;
  readonly population: Population;
  readonly measures: Measures;
  readonly workload: Workload;
  readonly collusion: Collusion;
  /** Gets and loads count from here on. */
  measuredFromMs: number;
  framesBefore: number;
}

export interface Happenings {
  /** How many clients there are when it begins. */
  readonly sizeAtFirst?: (nodes: number) => number;
  /** How many records of each popularity, as a multiple of what is usual. */
  readonly records?: Readonly<Record<Popularity, number>>;
  /** Before anybody has started. */
  readonly prepare?: (stage: Stage) => void;
  /** Plans what is to happen, counted from when it is measured. */
  readonly happen?: (stage: Stage) => void;
}

const minuteMs = 60_000;

/** After so many minutes; earlier in a run that is shorter than that would need. */
const within = (minutes: number, share: number, of: number): number =>
  Math.floor(Math.min(minutes, share * of) * minuteMs);

export const happeningsOf = (scenario: ScenarioName): Happenings => happenings[scenario] ?? {};

const happenings: Readonly<Partial<Record<ScenarioName, Happenings>>> = {
  'flash-crowd': {
    sizeAtFirst: (nodes) => Math.ceil(nodes / 10),
    happen: ({ init, world, population, workload, measuredFromMs }) => {
      const record = world.truth.makeRecord('hot', Math.floor(measuredFromMs / 1_000) - 60);
      workload.publishAt(measuredFromMs - minuteMs, record, 0, 1);
      const joining = init.nodes - Math.ceil(init.nodes / 10);
      const fromMs = measuredFromMs + within(2, 0.2, init.minutes);
      const overMs = within(5, 0.5, init.minutes);
      for (let i = 0; i < joining; i++) {
        world.clock.at(fromMs + Math.floor((i * overMs) / joining), () => {
          const client = population.join();
          // What everybody came for.
          if (client !== undefined) world.clock.after(12_000, () => workload.read(record, client));
        });
      }
    },
  },
  'archive-lost': {
    happen: ({ init, world, population, measuredFromMs }) => {
      world.clock.at(measuredFromMs + within(5, 0.5, init.minutes), () => {
        const archive = largest(world);
        world.turnArchive(archive, false);
        for (const client of world.population.filter((each) => each.archive === archive)) {
          population.leave(client, { saidGoodbye: false, isFollowed: false });
        }
      });
    },
  },
  'archives-all-lost': {
    prepare: (stage) => {
      // Ten minutes of churn come between the loss and the first get that counts.
      const lostAtMs = stage.measuredFromMs;
      stage.measuredFromMs += 10 * minuteMs;
      const { init, world, population } = stage;
      let sizeBefore = 0;
      world.clock.at(lostAtMs, () => {
        sizeBefore = world.population.length;
        for (const archive of world.archives) world.turnArchive(archive, false);
        population.isRefilled = false;
      });
      if (init.returnAfterMinutes === undefined) return;
      world.clock.at(lostAtMs + init.returnAfterMinutes * minuteMs, () => {
        for (const archive of world.archives) world.turnArchive(archive, true);
        population.isRefilled = true;
        // Whoever would have come meanwhile comes now.
        const random = world.random('returning');
        for (let missing = sizeBefore - world.population.length; missing > 0; missing--) {
          world.clock.after(random.whole(0, 2 * minuteMs), () => population.join());
        }
      });
    },
  },
  partition: {
    happen: ({ init, world, measuredFromMs }) => {
      world.clock.at(measuredFromMs + within(5, 0.25, init.minutes), () => {
        for (const archive of world.archives) archive.side = archive.index % 2;
      });
      world.clock.at(measuredFromMs + within(15, 0.75, init.minutes), () => {
        for (const archive of world.archives) archive.side = 0;
      });
    },
  },
  colluders: { prepare: lyingArchives },
  sybil: { prepare: sybils, records: { hot: 1, warm: 0, cold: 0, unread: 0 } },
  decay: {
    records: { hot: 0.2, warm: 0, cold: 0, unread: 1 },
    happen: ({ init, world, workload, measuredFromMs }) => {
      // Each is looked for once, so that looking keeps none of them.
      const random = world.random('probing');
      const untilMs = measuredFromMs + init.minutes * minuteMs;
      world.clock.at(measuredFromMs, () => {
        for (const record of world.truth.records) {
          if (record.popularity !== 'unread') continue;
          world.clock.at(random.whole(measuredFromMs, untilMs), () => workload.read(record));
        }
      });
    },
  },
};

function largest(world: ClientWorld): Archive {
  const counts = new Map<Archive, number>();
  for (const { archive } of world.population) counts.set(archive, (counts.get(archive) ?? 0) + 1);
  return [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}
