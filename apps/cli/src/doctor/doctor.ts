/** `holdfast archive doctor`: one finding after the other, then a text that can be copied into a question. */
import { arch, platform, release } from 'node:os';
import type { Context } from '../context.js';
import { version } from '../version.js';
import { checkAddress, checkHealth, checkSocket } from './door-checks.js';
import { fail, ok, type Finding } from './finding.js';
import { checkDatabase, checkDisk, checkProgram } from './local-checks.js';
import { checkPeers } from './peer-checks.js';
import { checkQueue } from './queue-check.js';
import { archiveHere, readLocalSettings } from './local-settings.js';

/**
 * @param peer the one to compare the records with, as it was named
 * @returns whether no step has failed
 */
export async function examineArchive(context: Context, peer: string | undefined): Promise<boolean> {
  const { output } = context;
  const findings: Finding[] = [];
  for await (const finding of examine(context, peer)) {
    findings.push(finding);
    const advice = finding.advice === undefined ? '' : `\n      ${finding.advice}`;
    await output.result(finding, `${finding.status.padEnd(4)}  ${finding.check}: ${finding.detail}${advice}`);
  }
  const diagnostics = describe(findings);
  await output.result({ diagnostics }, `\n--- copy from here ---\n${diagnostics}\n--- to here ---`);
  return findings.every(({ status }) => status !== 'fail');
}

async function* examine(context: Context, peer: string | undefined): AsyncGenerator<Finding> {
  const { archives } = context.settings;
  const { environment } = context.surroundings;
  const isHere = archives.some((url) => isOnThisMachine(url) || url === archiveHere(environment));
  if (isHere) yield* examineMachine(environment);
  for (const url of archives) {
    const { finding, isArchive } = await checkAddress(url);
    yield finding;
    if (!isArchive) continue;
    yield await checkHealth(url);
    yield* await checkSocket(url);
  }
  if (isHere || peer !== undefined) yield* checkPeers(context, peer);
}

async function* examineMachine(environment: NodeJS.ProcessEnv): AsyncGenerator<Finding> {
  yield checkProgram();
  const settings = readLocalSettings(environment);
  if (typeof settings === 'string') {
    yield fail('settings', settings, 'Correct it, and start the archive again.');
    return;
  }
  const database =
    settings.databaseUrl === undefined ? `embedded, data in ${settings.dataFolder}` : 'DATABASE_URL';
  yield ok('settings', `Port ${settings.port}, database: ${database}.`);
  yield await checkDisk(settings);
  yield* await checkDatabase(settings);
  if (settings.redisUrl !== undefined) yield await checkQueue(settings.redisUrl);
}

/** Versions and findings: no keys, no passwords, nothing that anybody has written. */
function describe(findings: readonly Finding[]): string {
  const lines = findings.map(({ check, status, detail }) => `${status} ${check}: ${detail}`);
  return [
    `holdfast ${version}, Node ${process.versions.node}, ${platform()} ${release()} ${arch()}`,
    ...lines,
  ].join('\n');
}

const isOnThisMachine = (url: string): boolean => /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname);
