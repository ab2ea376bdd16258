/** Runs the built command as its users do: as a process, with a home folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/holdfast.js', import.meta.url));

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** The next line on stdout. */
  nextLine(): Promise<string>;
  readonly finished: Promise<Finished>;
}

export interface Command {
  (...words: string[]): Promise<Finished>;
  readonly home: string;
  /** Everything that its processes have printed so far. */
  readonly printed: readonly string[];
  withInput(input: string | Buffer, ...words: string[]): Promise<Finished>;
  /** Runs with --json, expects success, and answers what was printed. */
  json(...words: string[]): Promise<Record<string, unknown>[]>;
  start(...words: string[]): Running;
  /** Ends what a failed test has left running, and removes the home folder. */
  remove(): void;
}

export function makeCommand(archive: string, environment: NodeJS.ProcessEnv = {}): Command {
  const home = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  const running = new Set<ChildProcess>();
  const printed: string[] = [];
  const start = (words: readonly string[], input: string | Buffer = ''): Running => {
    const child = spawn(process.execPath, [program, ...words], {
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        HOLDFAST_HOME: join(home, 'holdfast'),
        HOLDFAST_ARCHIVE: archive,
        ...environment,
      },
    });
    running.add(child);
    child.on('close', () => running.delete(child));
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (output.stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (output.stderr += String(chunk)));
    child.stdin.on('error', () => undefined).end(input);
    const finished = new Promise<Finished>((resolve) => {
      child.on('close', (status) => {
        printed.push(output.stdout, output.stderr);
        resolve({ status, ...output });
      });
    });
    let taken = 0;
    const nextLine = async () => {
      const hasEnded = finished.then(() => true);
      for (;;) {
        const end = output.stdout.indexOf('\n', taken);
        if (end >= 0) {
          const line = output.stdout.slice(taken, end);
          taken = end + 1;
          return line;
        }
        if (await Promise.race([hasEnded, once(child.stdout, 'data').then(() => false)])) {
          throw new Error(`The command has ended: ${output.stderr}`);
        }
      }
    };
    return { child, nextLine, finished };
  };
  return Object.assign((...words: string[]) => start(words).finished, {
    home: join(home, 'holdfast'),
    printed,
    withInput: (input: string | Buffer, ...words: string[]) => start(words, input).finished,
    json: async (...words: string[]) => {
      const { status, stdout, stderr } = await start([...words, '--json']).finished;
      if (status !== 0) throw new Error(`holdfast ${words.join(' ')} ended with ${status}: ${stderr}`);
      return jsonLines(stdout);
    },
    start: (...words: string[]) => start(words),
    remove: () => {
      for (const child of running) child.kill('SIGKILL');
      rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    },
  });
}

export const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
