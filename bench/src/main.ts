/**
 * `npm run bench -- <name> [--json]`: shows what the hot paths cost, as ratios against a baseline of the same run,
 * because machines differ and are noisy. People get a table, `--json` prints one object; progress goes to stderr.
 */
import { parseArgs } from 'node:util';
import { benchCrates } from './crates/crates.js';
import { benchDht, deaths, nodesMin, type Death } from './dht/dht.js';
import { benchGossip } from './gossip/gossip.js';
import { benchIngest } from './ingest/ingest.js';
import { benchQuery } from './query/query.js';
import { benchReconcile } from './reconcile/reconcile.js';
import { printReport, type Report } from './report/report.js';

interface Options {
  readonly records: number | undefined;
  readonly nodes: number | undefined;
  readonly death: string | undefined;
}

/** What each takes, and how it is run. */
const benches: Readonly<
  Record<string, { takes?: readonly string[]; run: (options: Options) => Promise<Report> }>
> = {
  crates: { run: () => benchCrates() },
  dht: { takes: ['nodes', 'death'], run: ({ nodes, death }) => benchDht(nodes, death as Death | undefined) },
  gossip: { takes: ['records'], run: ({ records }) => benchGossip(records) },
  ingest: { run: () => benchIngest() },
  query: { run: () => benchQuery() },
  reconcile: { run: () => benchReconcile() },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    records: { type: 'string' },
    nodes: { type: 'string' },
    death: { type: 'string' },
  },
});
const { json, ...given } = values;
const bench = benches[positionals[0] ?? ''];
const records = given.records === undefined ? undefined : Number(given.records);
const nodes = given.nodes === undefined ? undefined : Number(given.nodes);
const isWhole = (count: number | undefined, least: number): boolean =>
  count === undefined || (Number.isInteger(count) && count >= least);
const isUsable =
  Object.keys(given).every((option) => bench?.takes?.includes(option)) &&
  isWhole(records, 1) &&
  isWhole(nodes, nodesMin) &&
  (given.death === undefined || deaths.some((death) => death === given.death));
if (bench === undefined || positionals.length !== 1 || !isUsable) {
  console.error(
    `Usage: npm run bench -- <${Object.keys(benches).join('|')}> [--json]; gossip takes [--records N], ` +
      `dht takes [--nodes N] (${nodesMin} or more) and [--death ${deaths.join('|')}]`,
  );
  process.exitCode = 2;
} else {
  const report = await bench.run({ records, nodes, death: given.death });
  printReport(report, json);
  process.exitCode = report.targets.every(({ met }) => met) ? 0 : 1;
}
