/**
 * `npm run check`: the gate, the same everywhere. Format, lint, types, boundaries, purity, dead code, then the
 * tests (`--no-tests` leaves those out). Every step runs, so that one run shows everything; a line for each.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root, say } from './prepare.mjs';

prepare();

const bin = (name) => join(root, 'node_modules', '.bin', name);
const steps = [
  ['format', bin('prettier'), ['--check', '--log-level=warn', '.']],
  ['lint', bin('oxlint'), ['--quiet', '--deny-warnings']],
  ['types of the tests', bin('tsc'), ['-p', 'tsconfig.specs.json']],
  ['boundaries', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'libs', 'apps', 'bench']],
  ['purity', process.execPath, [join(root, 'tools/purity.mjs')]],
  ['dead code', bin('knip'), ['--no-progress']],
];

let failures = 0;
for (const [name, command, args] of steps) {
  const started = process.hrtime.bigint();
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  say(`${result.status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)`);
  if (result.status === 0) continue;
  failures++;
  process.stderr.write(`${result.stdout}${result.stderr}`);
}
if (!process.argv.includes('--no-tests')) {
  const tests = spawnSync(process.execPath, [join(root, 'tools/test.mjs')], { cwd: root, stdio: 'inherit' });
  if (tests.status !== 0) failures++;
}
process.exitCode = failures === 0 ? 0 : 1;
