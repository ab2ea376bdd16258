/**
 * The archive as a program: settings from the environment, a log on stdout, signals that stop it in order. Whatever
 * keeps it from starting is one sentence on stderr and exit status 1.
 */
import { HoldfastError } from '@holdfast/protocol';
import { pino, type DestinationStream } from 'pino';
import { createLog, withoutPasswords, type Log } from './platform/logging/log.js';
import { terminalLines } from './platform/logging/terminal-lines.js';
import { readSettings } from './platform/settings.js';
import { version } from './platform/version.js';
import { startArchive, type RunningArchive } from './start.js';

/** npm and the terminal both pass a Ctrl-C on, so one key press arrives twice. */
const oneKeyPressMs = 1_000;

/** @param greet says on stdout where the archive is and what to type next, for somebody who has just typed `npm start` */
export async function runArchive({ greet }: { greet: boolean }): Promise<void> {
  const stopAsked = listenForSignals();
  try {
    const settings = readSettings(process.env);
    const log = createLog({ level: settings.logLevel, destination: logDestination() });
    endOnSurprise(log);
    const starting = new AbortController();
    void stopAsked.then(() => starting.abort());
    const archive = await startArchive(settings, log, starting.signal).catch((error: unknown) => {
      if (!starting.signal.aborted) throw error;
      log.info({}, 'the archive was stopped before it was ready');
      process.exit(0);
    });
    log.info({ url: archive.url, id: archive.archiveId, version }, 'the archive is ready');
    if (greet) process.stdout.write(greeting(archive));
    const reason = await Promise.race([stopAsked, archive.databaseLost.then(() => 'database lost' as const)]);
    log.info({ reason }, 'the archive stops');
    await archive.stop();
    log.info({}, 'the archive has stopped');
    if (reason === 'database lost') {
      fail(
        new HoldfastError(
          'database-unreachable',
          'The embedded PostgreSQL has ended: start the archive again.',
        ),
      );
    }
    process.exit(0);
  } catch (error) {
    fail(error);
  }
}

function fail(error: unknown): never {
  const text =
    error instanceof HoldfastError
      ? error.message
      : `unexpected: ${error instanceof Error ? error.stack : String(error)}`;
  process.stderr.write(`holdfast: ${withoutPasswords(text)}\n`);
  process.exit(1);
}

/** Resolves at the first signal. A second one later on ends the process at once. */
function listenForSignals(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const heard = (signal: NodeJS.Signals) => {
      const now = performance.now();
      if (first !== undefined && now - first > oneKeyPressMs) {
        process.stderr.write(
          'holdfast: stopped at once; the next start recovers what was not written in order.\n',
        );
        process.exit(1);
      }
      first ??= now;
      resolve(signal);
    };
    process.on('SIGINT', heard);
    process.on('SIGTERM', heard);
  });
}

function endOnSurprise(log: Log): void {
  const surprised = (error: unknown) => {
    log.fatal({ error }, 'the archive met an error that nothing handles');
    fail(error);
  };
  process.on('uncaughtException', surprised);
  process.on('unhandledRejection', surprised);
  // Whoever read the log or the greeting may leave; the archive stays.
  process.stdout.on('error', () => undefined);
}

function logDestination(): DestinationStream {
  if (process.stdout.isTTY) return terminalLines((text) => process.stdout.write(text));
  const destination = pino.destination({ dest: 1, sync: true });
  destination.on('error', () => undefined);
  return destination;
}

function greeting({ url, archiveId }: RunningArchive): string {
  const port = new URL(url).port === '7070' ? '' : `  (first: export HOLDFAST_ARCHIVE=${url})`;
  return [
    '',
    `  Holdfast archive ${version} is ready.`,
    `  URL   ${url}`,
    `  id    ${archiveId}`,
    `  try   npx holdfast id new${port}`,
    '  Ctrl-C stops it.',
    '',
    '',
  ].join('\n');
}
