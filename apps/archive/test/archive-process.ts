/**
 * Runs the built archive as a process, each with a data folder of its own that is removed after the test. A database is made
 * once: those who do not look at how begin with a copy.
 */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive, waitUntil } from '../src/platform/postgres/process-table.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const startMsMax = 150_000;

/** What the tests of one file start. Made inside of their `describe`. */
export class Starts {
  /** Of the test that runs now. */
  folder = '';
  #used = '';
  #started: Run[] = [];

  constructor() {
    beforeAll(async () => {
      this.#used = mkdtempSync(join(tmpdir(), 'holdfast-used-'));
      const first = new Run(process.execPath, [program], { HOLDFAST_DATA: this.#used, HOLDFAST_PORT: '0' });
      await first.ready();
      await first.end('SIGTERM');
    });

    afterAll(() => rmSync(this.#used, { recursive: true, force: true }));

    beforeEach(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
      this.#started = [];
    });

    afterEach(async () => {
      for (const run of this.#started) await run.end('SIGTERM');
      const orphan = postmasterPid(this.folder);
      if (orphan !== undefined && isAlive(orphan)) {
        process.kill(orphan, 'SIGQUIT');
        await waitUntil(() => !isAlive(orphan), startMsMax);
      }
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    });
  }

  run(
    environment: NodeJS.ProcessEnv = {},
    args: readonly string[] = [program],
    command = process.execPath,
  ): Run {
    const one = new Run(command, args, { HOLDFAST_DATA: this.folder, HOLDFAST_PORT: '0', ...environment });
    this.#started.push(one);
    return one;
  }

  /** Makes the folder that of an archive that has run before. */
  useAgain(): void {
    execFileSync('cp', ['-a', `${this.#used}/.`, this.folder]);
  }
}

interface LogLine {
  readonly msg: string;
  readonly url?: string;
  readonly id?: string;
}

/** One run, whose log and end can be waited for. */
export class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    const { DATABASE_URL: _theirs, ...rest } = process.env;
    const env = { ...rest, NODE_OPTIONS: '', ...environment };
    this.child = spawn(command, [...args], { cwd: repository, env });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
  }

  log(): LogLine[] {
    // The last one may still be on its way.
    const lines = this.stdout.split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  }

  async ready(): Promise<{ url: string; id: string }> {
    await this.until(() => this.#readyLine() !== undefined);
    const { url, id } = this.#readyLine()!;
    return { url: url!, id: id! };
  }

  async until(condition: () => boolean): Promise<void> {
    const isOver = () => this.child.exitCode !== null || this.child.signalCode !== null;
    await waitUntil(() => condition() || isOver(), startMsMax);
    if (!condition()) throw new Error(`The archive did not get there:\n${this.stdout}\n${this.stderr}`);
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.ended;
  }

  #readyLine(): LogLine | undefined {
    return this.log().find(({ msg }) => msg === 'the archive is ready');
  }
}

export function postmasterPid(folder: string): number | undefined {
  const file = join(folder, 'postgres', 'postmaster.pid');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
}
