/**
 * Holdfast's overlay beside the DHTs that can be had from npm: 50 real nodes of each on the loopback, one process for
 * each system, one after the other, the same exercise for all (bench/peers/measure.mjs). The others are installed when
 * this bench is asked for, and only then: they are larger than Holdfast.
 */
import { bootArchive } from '@holdfast/testing';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atLeast, step, type Report } from '../report/report.js';

const folder = join(import.meta.dirname, '../../peers');
const others = ['bittorrent-dht', 'hyperdht', 'kad-dht'] as const;
const runMsMax = 15 * 60_000;

interface Spread {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

interface Exercise {
  readonly nodes: number;
  readonly startMs: number;
  readonly put: Spread;
  readonly get: Spread & { readonly success: number };
  readonly getAfterHalfDied: Spread & { readonly success: number };
}

export async function benchDht(): Promise<Report> {
  await installOthers();
  const figures: Record<string, number> = {};
  step('holdfast: an archive and 50 clients');
  // All of them are at one address.
  const settings = { HOLDFAST_RELAY_TICKETS_PER_NETWORK: '0' };
  const archive = await bootArchive({ postgres: 'embedded', settings });
  try {
    note(figures, 'holdfast', await exercise('holdfast', { BENCH_ARCHIVE: archive.url }));
  } finally {
    await archive.destroy();
  }
  for (const system of others) {
    step(`${system}: 50 nodes`);
    note(figures, system, await exercise(system, {}));
  }
  const ofOthers = (figure: string): number[] => others.map((system) => figures[`${system} ${figure}`]!);
  for (const figure of ['putP50Ms', 'getP50Ms', 'getAfterHalfDiedP50Ms']) {
    figures[`${figure} ratioToFastest`] = figures[`holdfast ${figure}`]! / Math.min(...ofOthers(figure));
  }
  return {
    bench: 'dht',
    figures,
    targets: [
      atLeast(figures, 'holdfast getSuccess', 1),
      atLeast(figures, 'holdfast getSuccessAfterHalfDied', Math.max(...ofOthers('getSuccessAfterHalfDied'))),
    ],
  };
}

async function installOthers(): Promise<void> {
  if (existsSync(join(folder, 'node_modules/.package-lock.json'))) return;
  step('installing the systems to compare with (npm ci, about 90 MB)');
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
}

/** Rejects when the system could not be exercised, with what it said. */
function exercise(system: string, environment: NodeJS.ProcessEnv): Promise<Exercise> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, `${system}.mjs`)], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: runMsMax,
    });
    let printed = '';
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-2_000)));
    child.on('error', reject);
    child.on('close', (status) => {
      const line = printed.trim().split('\n').at(-1) ?? '';
      if (status === 0 && line.startsWith('{')) resolve(JSON.parse(line) as Exercise);
      else reject(new Error(`${system} ended with ${status ?? 'a signal'}: ${said}`));
    });
  });
}

function note(figures: Record<string, number>, system: string, found: Exercise): void {
  figures[`${system} startMs`] = found.startMs;
  figures[`${system} putP50Ms`] = found.put.p50Ms;
  figures[`${system} putP95Ms`] = found.put.p95Ms;
  figures[`${system} getP50Ms`] = found.get.p50Ms;
  figures[`${system} getP95Ms`] = found.get.p95Ms;
  figures[`${system} getSuccess`] = found.get.success;
  figures[`${system} getAfterHalfDiedP50Ms`] = found.getAfterHalfDied.p50Ms;
  figures[`${system} getAfterHalfDiedP95Ms`] = found.getAfterHalfDied.p95Ms;
  figures[`${system} getSuccessAfterHalfDied`] = found.getAfterHalfDied.success;
}
