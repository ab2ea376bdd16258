import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { locateBinaries } from './binaries.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { isAlive, waitUntil } from './process-table.js';
import { runAsFor } from './run-as.js';

describe('EmbeddedPostgres', () => {
  let folder: string;
  let running: EmbeddedPostgres[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-postgres-'));
    running = [];
  });

  afterEach(async () => {
    for (const postgres of running) await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async () => {
    const postgres = await EmbeddedPostgres.open({ folder, log: () => undefined });
    running.push(postgres);
    return postgres;
  };

  const ask = async (url: string, statement: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(statement)).rows as unknown[];
    } finally {
      await client.end();
    }
  };

  const postmasterFile = () => join(folder, 'postgres', 'postmaster.pid');

  it('is durable, checks its pages, knows Unicode and listens on this machine only', async () => {
    const { url } = await open();
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const settings =
      'synchronous_commit fsync full_page_writes data_checksums listen_addresses server_encoding'.split(' ');
    expect(
      await ask(url, `select ${settings.map((name) => `current_setting('${name}') as ${name}`).join()}`),
    ).toEqual([
      {
        synchronous_commit: 'on',
        fsync: 'on',
        full_page_writes: 'on',
        data_checksums: 'on',
        listen_addresses: '127.0.0.1',
        server_encoding: 'UTF8',
      },
    ]);
    expect(await ask(url, "select lower('ÄÉΩ') as lower")).toEqual([{ lower: 'äéω' }]);
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const { url } = await open();
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(statSync(join(folder, 'postgres.password')).mode & 0o777).toBe(0o600);
  });

  it('keeps its data from one start to the next, and leaves nothing running', async () => {
    const before = await open();
    await ask(before.url, 'create table kelp (id integer)');
    await before.stop();
    expect(isAlive(before.pid)).toBe(false);
    expect(existsSync(postmasterFile())).toBe(false);
    const after = await open();
    expect(await ask(after.url, 'select * from kelp')).toEqual([]);
  });

  it('leaves nothing running when its start is ended', async () => {
    const starting = new AbortController();
    const opening = EmbeddedPostgres.open({ folder, log: () => undefined, signal: starting.signal });
    starting.abort();
    await expect(opening).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(existsSync(postmasterFile())).toBe(false);
    expect(existsSync(join(folder, 'archive.lock'))).toBe(false);
  });

  it('is held by one archive at a time', async () => {
    await open();
    await expect(open()).rejects.toMatchObject({ code: 'data-folder-busy' });
  });

  it('recovers after its server was killed', async () => {
    const before = await open();
    await ask(before.url, 'create table kelp (id integer); insert into kelp values (7)');
    process.kill(before.pid, 'SIGKILL');
    await before.ended;
    await before.stop();
    expect(existsSync(postmasterFile())).toBe(true);
    const after = await open();
    expect(await ask(after.url, 'select * from kelp')).toEqual([{ id: 7 }]);
  });

  it('stops the server that a killed archive has left, and takes its place', async () => {
    const before = await open();
    await ask(before.url, 'create table kelp (id integer); insert into kelp values (7)');
    rmSync(join(folder, 'archive.lock'));
    const after = await open();
    expect(isAlive(before.pid)).toBe(false);
    expect(await ask(after.url, 'select * from kelp')).toEqual([{ id: 7 }]);
  });

  it('leaves a program alone that has the number of a server that is gone', async () => {
    await (await open()).stop();
    const bystander = spawn('sleep', ['1000']);
    try {
      writeFileSync(postmasterFile(), `${bystander.pid}\n${join(folder, 'postgres')}\n1\n1\n\n\n\nready\n`);
      const postgres = await open();
      expect(await ask(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(isAlive(bystander.pid!)).toBe(true);
    } finally {
      bystander.kill();
      await once(bystander, 'exit');
    }
  });

  it('begins again when making the database was cut off', async () => {
    await (await open()).stop();
    const unfinished = join(folder, 'postgres.new');
    cpSync(join(folder, 'postgres'), unfinished, { recursive: true });
    rmSync(join(folder, 'postgres'), { recursive: true });
    const postgres = await open();
    expect(await ask(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(existsSync(unfinished)).toBe(false);
  });

  it('refuses data of another major version of PostgreSQL', async () => {
    await (await open()).stop();
    writeFileSync(join(folder, 'postgres', 'PG_VERSION'), '12\n');
    await expect(open()).rejects.toMatchObject({
      code: 'database-unsuitable',
      message: expect.stringContaining('made by PostgreSQL 12'),
    });
  });

  it('is not reached by a Ctrl-C of the terminal that the archive runs in', async () => {
    const { pid } = await open();
    const groupOf = (of: number) => readFileSync(`/proc/${of}/stat`, 'utf8').split(') ')[1]!.split(' ')[2];
    expect(groupOf(pid)).toBe(String(pid));
  });

  it('tells when its server has ended by itself', async () => {
    const postgres = await open();
    process.kill(postgres.pid, 'SIGQUIT');
    await postgres.ended;
    expect(await waitUntil(() => !isAlive(postgres.pid), 30_000)).toBe(true);
  });
});

/** Only root can be somebody else, so only root sees these. */
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

asRoot('PostgreSQL started by root', () => {
  it('runs as another user, also from below a folder that only root may enter', () => {
    const closed = mkdtempSync(join(tmpdir(), 'holdfast-closed-'));
    try {
      const program = join(closed, 'whoami.sh');
      const data = join(closed, 'data');
      writeFileSync(program, '#!/bin/sh\nid -u; cat "$1/secret"\n');
      mkdirSync(data);
      chmodSync(program, 0o755);
      chmodSync(closed, 0o700);
      const runAs = runAsFor(program, data);
      writeFileSync(join(data, 'secret'), 'kelp');
      runAs.own(join(data, 'secret'));
      chmodSync(join(data, 'secret'), 0o600);
      const { command, args, options } = runAs.command(program, [data]);
      const { stdout } = spawnSync(command, [...args], { ...options, encoding: 'utf8' });
      expect(stdout).toMatch(/^[1-9]\d*\nkelp$/);
    } finally {
      rmSync(closed, { recursive: true });
    }
  });

  it('finds its programs as that user', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-root-'));
    try {
      const { postgres } = locateBinaries();
      const { command, args, options } = runAsFor(postgres, folder).command(postgres, ['--version']);
      expect(spawnSync(command, [...args], { ...options, encoding: 'utf8' }).stdout).toContain('PostgreSQL');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
