import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootArchive, createTestDatabase, freePort, type ArchiveProcess } from '@holdfast/testing';
import { jsonLines, makeCommand } from './command.js';

const timeoutMs = 360_000;
let archive: ArchiveProcess;
beforeAll(async () => {
  archive = await bootArchive();
}, timeoutMs);
afterAll(() => archive.destroy(), timeoutMs);

const statuses = (stdout: string): Record<string, unknown> =>
  Object.fromEntries(
    jsonLines(stdout)
      .filter((line) => 'check' in line)
      .map(({ check, status }) => [check, status]),
  );

describe('archive doctor', () => {
  it(
    'finds nothing wrong with a good archive, and shows no password',
    async () => {
      const database = await createTestDatabase();
      const { password } = new URL(database.url);
      const command = makeCommand(archive.url, { DATABASE_URL: database.url });
      const { status, stdout } = await command('archive', 'doctor', '--json');
      expect({ status, found: statuses(stdout) }).toEqual({
        status: 0,
        found: {
          program: 'ok',
          settings: 'ok',
          disk: 'ok',
          database: 'ok',
          migrations: 'warn',
          address: 'ok',
          health: 'ok',
          websocket: 'ok',
          clock: 'ok',
          // The archive has another database than the one that is named here.
          peers: 'warn',
        },
      });
      const { diagnostics } = jsonLines(stdout).at(-1)!;
      expect(diagnostics).toContain(`Archive ${archive.id}`);
      expect(diagnostics).toContain('It keeps every record, and ');
      expect(password === '' || !stdout.includes(password)).toBe(true);
      const people = await command('archive', 'doctor');
      expect(people.stdout).toContain('ok    health: ');
      expect(people.stdout).toContain('--- copy from here ---');
      command.remove();
      await database.drop();
    },
    timeoutMs,
  );

  it(
    'says what to do when nobody answers, the settings are wrong or the database is gone',
    async () => {
      const nobody = makeCommand('http://127.0.0.1:9', {
        DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:9/x',
      });
      const { status, stdout } = await nobody('archive', 'doctor', '--json');
      expect(status).toBe(1);
      expect(statuses(stdout)).toMatchObject({ database: 'fail', address: 'fail' });
      for (const finding of jsonLines(stdout).filter((line) => line['status'] === 'fail')) {
        expect(finding['advice']).toEqual(expect.any(String));
      }
      expect(stdout).not.toContain('hunter2');
      nobody.remove();
      const wrong = makeCommand('http://127.0.0.1:9', { HOLDFAST_PORT: 'seven' });
      expect(statuses((await wrong('archive', 'doctor', '--json')).stdout)).toMatchObject({
        settings: 'fail',
      });
      wrong.remove();
    },
    timeoutMs,
  );

  it(
    'notices that something else answers at the address',
    async () => {
      const server = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const command = makeCommand(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const { status, stdout } = await command('archive', 'doctor', '--json');
      expect(status).toBe(1);
      expect(jsonLines(stdout).find(({ check }) => check === 'address')?.['detail']).toContain('no archive');
      command.remove();
      server.close();
    },
    timeoutMs,
  );
});

describe('archive start', () => {
  it(
    'runs an archive with a database of its own until it is asked to stop',
    async () => {
      const data = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
      chmodSync(data, 0o755);
      const port = await freePort();
      const command = makeCommand(`http://127.0.0.1:${port}`, {
        HOLDFAST_DATA: data,
        HOLDFAST_PORT: String(port),
      });
      const running = command.start('archive', 'start');
      while (!(await running.nextLine()).includes('is ready'));
      await command.json('id', 'new');
      expect((await command('publish', 'hello', '--collection', 'notes')).status).toBe(0);
      // Whatever its operator uses as a client.
      const operator = makeCommand('http://127.0.0.1:9', {
        HOLDFAST_DATA: data,
        HOLDFAST_PORT: String(port),
      });
      expect((await operator('archive', 'doctor')).status).toBe(0);
      expect(await operator.json('archive', 'peers', 'list')).toEqual([]);
      operator.remove();
      running.child.kill('SIGTERM');
      expect((await running.finished).status).toBe(0);
      command.remove();
      rmSync(data, { recursive: true });
    },
    timeoutMs,
  );

  it(
    'ends with the status of an archive that cannot start',
    async () => {
      const command = makeCommand('http://127.0.0.1:9', { HOLDFAST_PORT: 'seven' });
      const { status, stderr } = await command('archive', 'start');
      expect(status).toBe(1);
      expect(stderr).toContain('HOLDFAST_PORT');
      command.remove();
    },
    timeoutMs,
  );
});
