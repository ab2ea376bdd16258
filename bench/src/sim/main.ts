/**
 * `npm run --silent sim -- SCENARIO …`: runs a world of clients in virtual time. `--json` prints one object a
 * run, people get a table; progress goes to stderr. Only the wall-clock time and the memory of a run depend on the machine.
 */
import { writeFile } from 'node:fs/promises';
import { readArguments, usage, type Asked } from './arguments.js';
import { plotOf } from './plot.js';
import { reportOf } from './report-page.js';
import { runMeasured, type MeasuredRun } from './run-measured.js';
import { tableOf } from './table.js';

let asked: Asked | undefined;
try {
  asked = readArguments(process.argv.slice(2));
  await main(asked);
} catch (error) {
  console.error(`sim: ${(error as Error).message}${asked === undefined ? `\n${usage}` : ''}`);
  process.exitCode = 2;
}

async function main({ runs, json, report, plot }: Asked): Promise<void> {
  const measured: MeasuredRun['outcome'][] = [];
  // A path that is none is found out before hours of running, not after.
  for (const file of [report, plot]) if (file !== undefined) await writeFile(file, '');
  for (const [index, choices] of runs.entries()) {
    const { outcome, charts } = runMeasured(choices);
    measured.push(outcome);
    if (json) console.log(JSON.stringify(outcome));
    if (index === 0 && report !== undefined) await writeFile(report, reportOf(outcome, charts));
  }
  if (!json) console.log(tableOf(measured));
  if (plot !== undefined) await writeFile(plot, plotOf(measured));
}
