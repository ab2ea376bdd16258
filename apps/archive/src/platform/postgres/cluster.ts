/**
 * One PostgreSQL cluster on disk: made once, started with our settings on a free port of 127.0.0.1, and refused
 * when another major version made it. The server gets its own process group.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { askVersion, majorVersionOf, type PostgresBinaries } from './binaries.js';
import { readPostmasterFile, stopPostmaster } from './postmaster.js';
import { waitUntil } from './process-table.js';
import type { RunAs } from './run-as.js';

export const role = 'holdfast';

/** Durable, modest in memory, and silent about what statements contain. */
const serverSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  wal_compression: 'on',
  synchronous_commit: 'on',
  fsync: 'on',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
};

export interface Server {
  readonly pid: number;
  readonly port: number;
  readonly ended: Promise<void>;
  /** From now on the process waits for the server's end before it may end itself. */
  awaitEnd(): Promise<void>;
}

export class Cluster {
  readonly path: string;
  private readonly passwordFile: string;
  private readonly logFile: string;
  private readonly settings: Readonly<Record<string, string>>;

  constructor(
    private readonly folder: string,
    private readonly binaries: PostgresBinaries,
    private readonly runAs: RunAs,
    settings: Readonly<Record<string, string>> = {},
  ) {
    this.settings = { ...serverSettings, ...settings };
    this.path = join(folder, 'postgres');
    this.passwordFile = join(folder, 'postgres.password');
    this.logFile = join(folder, 'postgres.log');
  }

  /** @throws HoldfastError `data-folder-foreign` when the folder was copied or restored without it */
  password(): string {
    try {
      return readFileSync(this.passwordFile, 'utf8').trim();
    } catch (cause) {
      throw new HoldfastError(
        'data-folder-foreign',
        `${this.passwordFile} cannot be read (${(cause as NodeJS.ErrnoException).code}): put back the whole folder as it was, or set HOLDFAST_DATA to a new one.`,
        { folder: this.folder },
        { cause },
      );
    }
  }

  /** Makes the cluster, or makes sure that these programs can serve the one that is there. */
  prepare(log: (line: string) => void): void {
    if (!existsSync(join(this.path, 'PG_VERSION'))) {
      log('making a PostgreSQL database in the data folder');
      this.initialise();
      return;
    }
    const made = readFileSync(join(this.path, 'PG_VERSION'), 'utf8').trim();
    const { command, args, options } = this.runAs.command(this.binaries.postgres, []);
    const here = majorVersionOf(askVersion(command, args, options));
    if (made !== here) {
      throw new HoldfastError(
        'database-unsuitable',
        `The database in ${this.folder} was made by PostgreSQL ${made} and this Holdfast brings ${here}: ` +
          'start the version that made it, or point DATABASE_URL at a server with the data moved over.',
        { folder: this.folder },
      );
    }
  }

  /** Made beside its place and moved there whole: a killed initdb leaves no half cluster that looks like one. */
  private initialise(): void {
    const unfinished = `${this.path}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { mode: 0o700 });
    this.runAs.own(unfinished);
    writeFileSync(this.passwordFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
    this.runAs.own(this.passwordFile);
    const { command, args, options } = this.runAs.command(this.binaries.initdb, [
      `--pgdata=${unfinished}`,
      `--username=${role}`,
      `--pwfile=${this.passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      // Byte order as with "C", but upper and lower case of all of Unicode, which full-text search needs.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
      ...(this.settings['fsync'] === 'off' ? ['--no-sync'] : []),
    ]);
    const result = spawnSync(command, args, { ...options, encoding: 'utf8' });
    if (result.status !== 0) {
      const reason = lastLine(result.stderr ?? '') || result.error?.message || `status ${result.status}`;
      throw new HoldfastError(
        'database-unsuitable',
        `PostgreSQL could not make its database: ${reason}`,
        {},
        { cause: result.error },
      );
    }
    renameSync(unfinished, this.path);
  }

  /**
   * Tries again when the port was taken in between, or when a killed server's last processes still hold its memory.
   * @param signal ends the start; no server runs when this rejects with its reason
   */
  async start(signal: AbortSignal): Promise<Server> {
    if (existsSync(this.logFile) && statSync(this.logFile).size > archiveLimits.postgresLogBytesMax) {
      renameSync(this.logFile, `${this.logFile}.1`);
    }
    for (let attempt = 1; ; attempt += 1) {
      const logStart = existsSync(this.logFile) ? statSync(this.logFile).size : 0;
      const server = await this.launch(signal);
      if (server !== undefined) return server;
      signal.throwIfAborted();
      const said = readFileSync(this.logFile).subarray(logStart).toString('utf8');
      const passes =
        /could not bind|could not create any TCP|shared memory block|lock file .* already exists/.test(said);
      if (!passes || attempt === archiveLimits.postgresStartAttemptsMax) {
        throw new HoldfastError(
          'database-unreachable',
          `The embedded PostgreSQL did not start: ${lastLine(said) || 'it said nothing'} (more in ${this.logFile})`,
          { folder: this.folder },
        );
      }
      await pause(100);
    }
  }

  private async launch(signal: AbortSignal): Promise<Server | undefined> {
    const port = await freePort();
    const flags = Object.entries(this.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const { command, args, options } = this.runAs.command(this.binaries.postgres, [
      '-D',
      this.path,
      '-p',
      String(port),
      ...flags,
    ]);
    const logFile = openSync(this.logFile, 'a', 0o600);
    const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', logFile, logFile] });
    closeSync(logFile);
    child.unref();
    let isOver = false;
    const ended = endOf(child).finally(() => (isOver = true));
    const isReady = () => {
      const file = readPostmasterFile(this.path);
      return file?.pid === child.pid && file?.isReady === true;
    };
    const answered = await waitUntil(
      () => isOver || signal.aborted || isReady(),
      archiveLimits.postgresStartMsMax,
    );
    if (child.pid === undefined || isOver) return undefined;
    if (!answered || signal.aborted) {
      await stopPostmaster(child.pid);
      return undefined;
    }
    const awaitEnd = () => {
      if (!isOver) child.ref();
      return ended;
    };
    return { pid: child.pid, port, ended, awaitEnd };
  }
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
