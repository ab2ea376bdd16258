/**
 * `npm run bench -- <name> [--json]`: shows what the hot paths cost, as ratios against a baseline of the same run,
 * because machines differ and are noisy. People get a table, `--json` prints one object; progress goes to stderr.
 */
import { parseArgs } from 'node:util';
import { benchCrates } from './crates/crates.js';
import { benchDht } from './dht/dht.js';
import { benchGossip } from './gossip/gossip.js';
import { benchIngest } from './ingest/ingest.js';
import { benchQuery } from './query/query.js';
import { benchReconcile } from './reconcile/reconcile.js';
import { printReport, type Report } from './report/report.js';

const benches: Readonly<Record<string, (records: number | undefined) => Promise<Report>>> = {
  crates: () => benchCrates(),
  dht: () => benchDht(),
  gossip: benchGossip,
  ingest: () => benchIngest(),
  query: () => benchQuery(),
  reconcile: () => benchReconcile(),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, records: { type: 'string' } },
});
const bench = benches[positionals[0] ?? ''];
const records = values.records === undefined ? undefined : Number(values.records);
const isUsable =
  records === undefined || (positionals[0] === 'gossip' && Number.isInteger(records) && records > 0);
if (bench === undefined || positionals.length !== 1 || !isUsable) {
  console.error(
    `Usage: npm run bench -- <${Object.keys(benches).join('|')}> [--json]; gossip takes [--records N]`,
  );
  process.exitCode = 2;
} else {
  const report = await bench(records);
  printReport(report, values.json);
  process.exitCode = report.targets.every(({ met }) => met) ? 0 : 1;
}
