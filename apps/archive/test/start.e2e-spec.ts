import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort } from '@holdfast/testing';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive, waitUntil } from '../src/platform/postgres/process-table.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const greetingProgram = fileURLToPath(new URL('../dist/run.js', import.meta.url));
const startMsMax = 150_000;

/** The archive as `npm start` runs it, with its own PostgreSQL in a folder of its own. */
describe('the archive as a process', () => {
  let used: string;
  let folder: string;
  let started: Run[];

  // A database is made once; those who do not look at how begin with a copy.
  beforeAll(async () => {
    used = mkdtempSync(join(tmpdir(), 'holdfast-used-'));
    const first = new Run(process.execPath, [program], { HOLDFAST_DATA: used, HOLDFAST_PORT: '0' });
    await first.ready();
    await first.end('SIGTERM');
  });

  afterAll(() => rmSync(used, { recursive: true, force: true }));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
    started = [];
  });

  afterEach(async () => {
    for (const run of started) await run.end('SIGTERM');
    const orphan = postmasterPid(folder);
    if (orphan !== undefined && isAlive(orphan)) {
      process.kill(orphan, 'SIGQUIT');
      await waitUntil(() => !isAlive(orphan), startMsMax);
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });

  const run = (
    environment: NodeJS.ProcessEnv = {},
    args: readonly string[] = [program],
    command = process.execPath,
  ) => {
    const one = new Run(command, args, { HOLDFAST_DATA: folder, HOLDFAST_PORT: '0', ...environment });
    started.push(one);
    return one;
  };

  /** Makes the folder that of an archive that has run before. */
  const useAgain = () => void execFileSync('cp', ['-a', `${used}/.`, folder]);

  it('says where it is, answers, and stops in order with its database last', async () => {
    const archive = run();
    const { url, id } = await archive.ready();
    expect(await json(`${url}/healthz`)).toEqual({
      status: 'ok',
      version: expect.any(String),
      database: 'ok',
    });
    expect(await json(`${url}/readyz`)).toMatchObject({ status: 'ready' });
    expect(await json(`${url}/.well-known/holdfast`)).toMatchObject({
      id,
      urls: { archive: url },
      scope: {},
      horizon: expect.any(Number),
    });
    expect(await json(`${url}/.well-known/jwks.json`)).toMatchObject({
      keys: [{ kty: 'OKP', crv: 'Ed25519', x: id, kid: id }],
    });
    expect(await (await fetch(url)).text()).toContain(id);

    const postgres = postmasterPid(folder)!;
    expect(isAlive(postgres)).toBe(true);
    expect(await archive.end('SIGTERM')).toBe(0);
    expect(isAlive(postgres)).toBe(false);
    expect(existsSync(join(folder, 'postgres', 'postmaster.pid'))).toBe(false);
    const sentences = archive.log().map(({ msg }) => msg);
    expect(sentences.slice(-4)).toEqual([
      'the archive stops',
      'the doors are closed',
      'the embedded PostgreSQL has stopped',
      'the archive has stopped',
    ]);
  });

  it('stops in order at Ctrl-C too, even when that arrives twice', async () => {
    useAgain();
    const archive = run();
    await archive.ready();
    const postgres = postmasterPid(folder)!;
    archive.child.kill('SIGINT');
    expect(await archive.end('SIGINT')).toBe(0);
    expect(isAlive(postgres)).toBe(false);
  });

  it('hears of a SIGTERM that npm was sent, and npm waits for it', async () => {
    useAgain();
    const archive = run({}, ['start'], 'npm');
    await archive.ready();
    const postgres = postmasterPid(folder)!;
    expect(await archive.end('SIGTERM')).toBe(0);
    expect(archive.log().at(-1)?.msg).toBe('the archive has stopped');
    expect(isAlive(postgres)).toBe(false);
  });

  it('greets somebody at a terminal with its address, its id and what to type next', async () => {
    useAgain();
    const script = `import(${JSON.stringify(greetingProgram)}).then(({ runArchive }) => runArchive({ greet: true }))`;
    const archive = run({}, ['-e', script]);
    const { url, id } = await archive.ready();
    await archive.until(() => archive.stdout.includes('Ctrl-C stops it'));
    expect(archive.stdout).toContain(`URL   ${url}\n`);
    expect(archive.stdout).toContain(`id    ${id}\n`);
    expect(archive.stdout).toContain('try   npx holdfast id new');
  });

  it('is the same archive after it was killed, alone or with its database', async () => {
    useAgain();
    const first = run();
    const { id } = await first.ready();
    const orphan = postmasterPid(folder)!;
    await first.end('SIGKILL');
    expect(isAlive(orphan)).toBe(true);

    const second = run();
    expect((await second.ready()).id).toBe(id);
    expect(isAlive(orphan)).toBe(false);
    process.kill(postmasterPid(folder)!, 'SIGKILL');
    await second.end('SIGKILL');

    const third = run();
    expect((await third.ready()).id).toBe(id);
    expect(await third.end('SIGTERM')).toBe(0);
  });

  it('ends with a sentence when its database ends without being asked', async () => {
    useAgain();
    const archive = run();
    await archive.ready();
    process.kill(postmasterPid(folder)!, 'SIGQUIT');
    expect(await archive.ended).toBe(1);
    expect(archive.stderr).toBe('holdfast: The embedded PostgreSQL has ended: start the archive again.\n');
  });

  it('uses the PostgreSQL that DATABASE_URL names, and then needs no data folder', async () => {
    const untouched = join(folder, 'untouched');
    const archive = run({
      DATABASE_URL: process.env['HOLDFAST_TEST_DATABASE_URL'],
      HOLDFAST_DATA: untouched,
    });
    const { url } = await archive.ready();
    expect(await json(`${url}/healthz`)).toMatchObject({ database: 'ok' });
    expect(existsSync(untouched)).toBe(false);
    expect(await archive.end('SIGTERM')).toBe(0);
  });

  it('serves metrics on a port of their own, and only when asked to', async () => {
    const metricsPort = await freePort();
    const archive = run({
      DATABASE_URL: process.env['HOLDFAST_TEST_DATABASE_URL'],
      HOLDFAST_METRICS_PORT: String(metricsPort),
    });
    const { url } = await archive.ready();
    expect(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()).toContain(
      'process_resident_memory_bytes',
    );
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });

  it('keeps secrets out of what it prints', async () => {
    useAgain();
    const archive = run({ HOLDFAST_LOG_LEVEL: 'trace' });
    await archive.ready();
    await archive.end('SIGTERM');
    const password = readFileSync(join(folder, 'postgres.password'), 'utf8').trim();
    expect(archive.stdout + archive.stderr).not.toContain(password);
  });

  describe('when it cannot start, says what to do in one sentence and exits with 1', () => {
    const refused = async (environment: NodeJS.ProcessEnv, sentence: RegExp) => {
      const archive = run(environment);
      expect(await archive.ended).toBe(1);
      expect(archive.stderr).toMatch(sentence);
      expect(archive.stderr.trim().split('\n')).toHaveLength(1);
    };

    it('a taken port, before it makes a database or logs anything', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      try {
        await refused(
          { HOLDFAST_PORT: String(port) },
          /^holdfast: Port \d+ is in use by another program: .* set HOLDFAST_PORT/,
        );
        expect(readdirSync(folder)).toEqual([]);
        expect(started.at(-1)!.stdout).toBe('');
      } finally {
        server.close();
      }
    });

    it('an address that is not of this machine', async () => {
      await refused(
        { HOLDFAST_HOST: '203.0.113.1' },
        /^holdfast: HOLDFAST_HOST is not an address of this machine/,
      );
    });

    it('a foreign data folder', async () => {
      writeFileSync(join(folder, 'thesis.tex'), '');
      await refused({}, /^holdfast: .* was not made by Holdfast: set HOLDFAST_DATA/);
    });

    it('a data folder that has lost the password of its database', async () => {
      useAgain();
      const before = run();
      await before.ready();
      await before.end('SIGTERM');
      rmSync(join(folder, 'postgres.password'));
      await refused({}, /^holdfast: .*postgres\.password cannot be read \(ENOENT\): put back/);
    });

    it('a data folder that another archive uses', async () => {
      useAgain();
      await run().ready();
      await refused({}, /^holdfast: Another archive \(process \d+\) uses .*: stop it, or set HOLDFAST_DATA/);
    });

    it.each([
      [
        'a host that does not exist',
        (url: URL) => (url.hostname = 'nowhere.invalid'),
        /There is no host nowhere\.invalid/,
      ],
      ['a server that is not there', (url: URL) => (url.port = '1'), /No PostgreSQL answers at/],
      ['a wrong password', (url: URL) => (url.password = 'guess'), /does not let holdfast in/],
      [
        'a database that does not exist',
        (url: URL) => (url.pathname = '/nothing'),
        /There is no database nothing/,
      ],
    ])('a DATABASE_URL with %s', async (_case, change, sentence) => {
      const url = new URL(process.env['HOLDFAST_TEST_DATABASE_URL']!);
      const { password } = url;
      change(url);
      await refused({ DATABASE_URL: url.href }, sentence);
      expect(started.at(-1)!.stderr).not.toContain(password);
    });

    it('a setting that makes no sense', async () => {
      await refused({ HOLDFAST_PORT: 'seventy' }, /^holdfast: HOLDFAST_PORT must be a port number/);
    });
  });
});

interface LogLine {
  readonly msg: string;
  readonly url?: string;
  readonly id?: string;
}

class Run {
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

function postmasterPid(folder: string): number | undefined {
  const file = join(folder, 'postgres', 'postmaster.pid');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
}

async function json(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}
