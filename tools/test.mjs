/**
 * `npm test`: prepares, starts one PostgreSQL for the whole run, runs every kind of test that this machine can run
 * (jest.config.mjs), says what it skipped, and ends with the plain line `N passed, N failed`. With CI=true
 * a kind that cannot run is a failure. Arguments go to jest.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { giveUp, prepare, root, say } from './prepare.mjs';
import { startPostgresForTests } from './postgres-for-tests.mjs';

prepare();

const kinds = ['unit', 'database', 'e2e', 'redis', 'browser'];
const skippedKinds = [];
requireProgram('redis', {
  name: 'Redis',
  command: 'redis-server',
  debianPackage: 'redis-server',
  variable: 'REDIS_SERVER',
});
requireProgram('browser', {
  name: 'Chromium',
  command: 'chromium',
  debianPackage: 'chromium',
  variable: 'CHROMIUM',
});

const folder = mkdtempSync(join(tmpdir(), 'holdfast-results-'));
const results = join(folder, 'results.json');
const stopPostgres = await startPostgresForTests();
// An interrupted run ends jest by the terminal's own signal; the database must not stay behind.
process.once('SIGINT', () => {});
process.once('SIGTERM', () => jest.kill('SIGTERM'));
const jest = spawn(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--no-warnings',
    join(root, 'node_modules/jest/bin/jest.js'),
    ...(process.argv.includes('--selectProjects')
      ? []
      : ['--selectProjects', ...kinds.filter((kind) => !skippedKinds.includes(kind))]),
    '--json',
    `--outputFile=${results}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
);
const status = await new Promise((resolve) => jest.once('exit', (code) => resolve(code ?? 1)));
await stopPostgres();

const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = outcome();
const failed = numFailedTests + numRuntimeErrorTestSuites;
const skipped = numPendingTests + skippedKinds.length;
rmSync(folder, { recursive: true, force: true });
if (process.env.CI === 'true' && skipped > 0)
  say(`${skipped} skipped, and with CI=true nothing may be skipped.`);
console.log(`${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
const allRan = process.env.CI !== 'true' || skipped === 0;
process.exitCode = status === 0 && failed === 0 && numPassedTests > 0 && allRan ? 0 : 1;

/** Skips a kind of tests whose program this machine lacks, with a word, or gives up where nothing may be skipped. */
function requireProgram(kind, { name, command, debianPackage, variable }) {
  process.env[variable] ??= spawnSync('sh', ['-c', `command -v ${command}`])
    .stdout.toString()
    .trim();
  if (process.env[variable] !== '') return;
  if (process.env.CI === 'true')
    giveUp(
      `${name} is missing, and with CI=true nothing may be skipped: install it (apt-get install ${debianPackage}).`,
    );
  skippedKinds.push(kind);
  say(
    `skipping the ${kind} tests: no ${name} (install the package ${debianPackage}, or name one in ${variable}).`,
  );
}

function outcome() {
  try {
    return JSON.parse(readFileSync(results, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 1 };
  }
}
