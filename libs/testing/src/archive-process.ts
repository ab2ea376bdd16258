/**
 * A real archive as a real process, for tests that break things: it can be stopped in order, killed without warning
 * (with its database too), and started again on the same data and the same port.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from './database.js';
import { freePort } from './free-port.js';

const program = fileURLToPath(new URL('../../../apps/archive/dist/main.js', import.meta.url));
const shiftedClock = new URL('../dist/shifted-clock.js', import.meta.url).href;
const startTimeoutMs = 120_000;

export interface BootOptions {
  /**
   * `embedded`: the archive brings its own PostgreSQL, in a temporary folder. `test-cluster` (default): a new database
   * of the cluster that the test run has started, which costs less.
   */
  readonly postgres?: 'embedded' | 'test-cluster';
  /** Further HOLDFAST_* settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How far the archive's clock is ahead of this machine's; negative: behind. Its database's clock is right. */
  readonly clockOffsetSeconds?: number;
}

export interface ArchiveProcess {
  readonly url: string;
  /** The archive's id: its public key in base64url. */
  readonly id: string;
  readonly pid: number;
  /** The database behind it, for looking from outside at what it has kept. */
  readonly databaseUrl: string;
  /** Where an embedded archive keeps its data. */
  readonly dataFolder: string;
  /** Its settings and its clock, for what an operator runs beside it on the same machine. */
  readonly environment: NodeJS.ProcessEnv;
  /** Everything that the archive has logged so far, a line each. */
  readonly logLines: readonly string[];
  /** SIGTERM, and the end of the process. Answers its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL to the archive, and to its embedded PostgreSQL when `database` is true. */
  kill9(options?: { readonly database?: boolean }): Promise<void>;
  /** Starts again after `stop` or `kill9`, on the same port and data; by another clock when one is named. */
  start(options?: Pick<BootOptions, 'clockOffsetSeconds'>): Promise<void>;
  /** Stops what still runs and removes the data. */
  destroy(): Promise<void>;
}

export async function bootArchive(options: BootOptions = {}): Promise<ArchiveProcess> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'holdfast-archive-'));
  await chmod(dataFolder, 0o755);
  const database = options.postgres === 'embedded' ? undefined : await createTestDatabase();
  const port = await freePort();
  const environment = {
    ...process.env,
    ...clockOf(options.clockOffsetSeconds ?? 0),
    HOLDFAST_PORT: String(port),
    HOLDFAST_DATA: dataFolder,
    ...(database === undefined ? {} : { DATABASE_URL: database.url }),
    ...options.settings,
  };
  const archive = new SpawnedArchive(`http://127.0.0.1:${port}`, dataFolder, environment, database);
  try {
    await archive.start();
  } catch (error) {
    await archive.destroy();
    throw error;
  }
  return archive;
}

const clockOf = (offsetSeconds: number): NodeJS.ProcessEnv =>
  offsetSeconds === 0
    ? { NODE_OPTIONS: '' }
    : {
        NODE_OPTIONS: `--import ${shiftedClock}`,
        HOLDFAST_TEST_CLOCK_OFFSET_SECONDS: String(offsetSeconds),
      };

class SpawnedArchive implements ArchiveProcess {
  readonly logLines: string[] = [];
  #child: ChildProcess | undefined;
  #id = '';

  constructor(
    readonly url: string,
    readonly dataFolder: string,
    readonly environment: NodeJS.ProcessEnv,
    private readonly database: TestDatabase | undefined,
  ) {}

  get id(): string {
    return this.#id;
  }

  get pid(): number {
    return this.#running().pid!;
  }

  get databaseUrl(): string {
    if (this.database !== undefined) return this.database.url;
    const password = readFileSync(join(this.dataFolder, 'postgres.password'), 'utf8').trim();
    return `postgresql://holdfast:${password}@127.0.0.1:${this.#postmasterFile()[3]}/holdfast`;
  }

  async start({ clockOffsetSeconds }: Pick<BootOptions, 'clockOffsetSeconds'> = {}): Promise<void> {
    if (clockOffsetSeconds !== undefined) Object.assign(this.environment, clockOf(clockOffsetSeconds));
    const child = spawn(process.execPath, [program], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.logLines.push(line));
    }
    const ended = once(child, 'exit').then(() => 'ended' as const);
    const deadline = Date.now() + startTimeoutMs;
    while (Date.now() < deadline) {
      const state = await Promise.race([ended, this.#ready()]);
      if (state === 'ready') return;
      if (state === 'ended') break;
    }
    throw new Error(`The archive did not start:\n${this.logLines.slice(-20).join('\n')}`);
  }

  async stop(): Promise<number | null> {
    const child = this.#running();
    child.kill('SIGTERM');
    return this.#end(child);
  }

  async kill9({ database = false } = {}): Promise<void> {
    const child = this.#running();
    const postmaster = database ? Number(this.#postmasterFile()[0]) : undefined;
    child.kill('SIGKILL');
    if (postmaster !== undefined) {
      // The children of a killed postmaster notice its death and end by themselves.
      process.kill(postmaster, 'SIGKILL');
    }
    await this.#end(child);
  }

  async destroy(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await this.#end(child);
    }
    if (existsSync(this.#postmasterPath)) {
      const orphan = Number(this.#postmasterFile()[0]);
      if (isAlive(orphan)) process.kill(orphan, 'SIGQUIT');
    }
    await this.database?.drop();
    await rm(this.dataFolder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  #running(): ChildProcess {
    if (this.#child === undefined) throw new Error('The archive is not running.');
    return this.#child;
  }

  async #end(child: ChildProcess): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.#child = undefined;
    return child.exitCode;
  }

  async #ready(): Promise<'ready' | 'waiting'> {
    try {
      const answer = await fetch(`${this.url}/.well-known/holdfast`, { signal: AbortSignal.timeout(1000) });
      if (answer.ok) {
        this.#id = ((await answer.json()) as { id: string }).id;
        return 'ready';
      }
    } catch {
      // not listening yet
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    return 'waiting';
  }

  get #postmasterPath(): string {
    return join(this.dataFolder, 'postgres', 'postmaster.pid');
  }

  /** The lines of PostgreSQL's lock file: the pid first, the port fourth. */
  #postmasterFile(): string[] {
    return readFileSync(this.#postmasterPath, 'utf8').split('\n');
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
