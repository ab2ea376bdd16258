/**
 * Holdfast's overlay beside the DHTs that can be had from npm: real nodes of each on the loopback, two processes for
 * each system, one system after the other, the same exercise for all (bench/peers/measure.mjs). One that fails is named
 * with its reason, and the others still run. The others are installed when this bench is asked for, and only then.
 */
import { bootArchive } from '@holdfast/testing';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atLeast, step, type Report } from '../report/report.js';

const folder = join(import.meta.dirname, '../../peers');
const others = ['bittorrent-dht', 'hyperdht', 'kad-dht'] as const;
/** All of it is done in 10 minutes: a system has what those before it have left, and never more than half. */
const allMsMax = 570_000;
const runMsMax = 300_000;
/** The exercise ends itself before it is ended, and with a better reason. */
const graceMs = 10_000;
const installMsMax = 180_000;

/** Of fewer there are no two to choose from when half have died. */
export const nodesMin = 4;
export const deaths = ['killed', 'frozen'] as const;
/** `killed`: SIGKILL, the kernel closes TCP connections. `frozen`: SIGSTOP, they stay open and nobody answers on them. */
export type Death = (typeof deaths)[number];

interface Spread {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

interface Exercise {
  readonly startMs: number;
  readonly put: Spread & { readonly success: number };
  readonly get: Spread & { readonly success: number };
  readonly getAfterHalfDied: Spread & { readonly success: number };
}

export async function benchDht(nodes = 50, death: Death = 'killed'): Promise<Report> {
  const figures: Record<string, number> = { nodes };
  const failed: Record<string, string> = {};
  const ends = performance.now() + allMsMax;
  const settings = { BENCH_NODES: String(nodes), BENCH_DEATH: death };
  const attempt = async (system: string, run: (msMax: number) => Promise<Exercise>): Promise<void> => {
    step(`${system}: ${nodes} nodes`);
    const msMax = Math.max(0, Math.min(runMsMax, Math.floor(ends - performance.now())));
    try {
      note(figures, system, await run(msMax));
    } catch (error) {
      failed[system] = error instanceof Error ? error.message : String(error);
    }
  };
  await attempt('holdfast', (msMax) => exerciseHoldfast(settings, msMax));
  await installOthers().catch((error: unknown) => step(`could not be installed: ${String(error)}`));
  for (const system of others) await attempt(system, (msMax) => exercise(system, settings, msMax));
  const ofOthers = (figure: string): number[] =>
    others.flatMap((system) => figures[`${system} ${figure}`] ?? []);
  for (const figure of ['putP50Ms', 'getP50Ms', 'getAfterHalfDiedP50Ms']) {
    const own = figures[`holdfast ${figure}`];
    if (own === undefined || ofOthers(figure).length === 0) continue;
    figures[`${figure} ratioToFastest`] = own / Math.min(...ofOthers(figure));
  }
  return {
    bench: 'dht',
    figures,
    failed,
    notes: { death },
    targets: [
      atLeast(figures, 'holdfast getSuccess', 1),
      // With nobody to compare with, only all is enough.
      atLeast(
        figures,
        'holdfast getSuccessAfterHalfDied',
        ofOthers('getSuccessAfterHalfDied').reduce((most, one) => Math.max(most, one), 0) || 1,
      ),
    ],
  };
}

async function exerciseHoldfast(settings: NodeJS.ProcessEnv, msMax: number): Promise<Exercise> {
  // All of them are at one address.
  const archive = await bootArchive({
    postgres: 'embedded',
    settings: { HOLDFAST_RELAY_TICKETS_PER_NETWORK: '0' },
  });
  try {
    return await exercise('holdfast', { ...settings, BENCH_ARCHIVE: archive.url }, msMax);
  } finally {
    await archive.destroy();
  }
}

async function installOthers(): Promise<void> {
  if (existsSync(join(folder, 'node_modules/.package-lock.json'))) return;
  step('installing the systems to compare with (npm ci, about 90 MB)');
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    timeout: installMsMax,
  });
}

/** Rejects when the system could not be exercised, with what was said last; what is said goes to stderr as well. */
async function exercise(system: string, environment: NodeJS.ProcessEnv, msMax: number): Promise<Exercise> {
  const printed = await new Promise<string>((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, 'measure.mjs'), system], {
      env: { ...process.env, ...environment, BENCH_MS_MAX: String(msMax) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: msMax + graceMs,
    });
    let output = '';
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      said = `${said}${chunk.toString()}`.slice(-500);
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(output);
      else reject(new Error(said.trim() || `ended with ${status ?? 'a signal'}`));
    });
  });
  return JSON.parse(printed) as Exercise;
}

function note(figures: Record<string, number>, system: string, found: Exercise): void {
  figures[`${system} startMs`] = found.startMs;
  figures[`${system} putP50Ms`] = found.put.p50Ms;
  figures[`${system} putP95Ms`] = found.put.p95Ms;
  figures[`${system} putSuccess`] = found.put.success;
  figures[`${system} getP50Ms`] = found.get.p50Ms;
  figures[`${system} getP95Ms`] = found.get.p95Ms;
  figures[`${system} getSuccess`] = found.get.success;
  figures[`${system} getAfterHalfDiedP50Ms`] = found.getAfterHalfDied.p50Ms;
  figures[`${system} getAfterHalfDiedP95Ms`] = found.getAfterHalfDied.p95Ms;
  figures[`${system} getSuccessAfterHalfDied`] = found.getAfterHalfDied.success;
}
