import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Starts } from './archive-process.js';

describe('an archive that cannot start says what to do in one sentence and exits with 1', () => {
  const starts = new Starts();

  const refused = async (environment: NodeJS.ProcessEnv, sentence: RegExp) => {
    const archive = starts.run(environment);
    expect(await archive.ended).toBe(1);
    expect(archive.stderr).toMatch(sentence);
    expect(archive.stderr.trim().split('\n')).toHaveLength(1);
    return archive;
  };

  it('a taken port, before it makes a database or logs anything', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const archive = await refused(
        { HOLDFAST_PORT: String(port) },
        /^holdfast: Port \d+ is in use by another program: .* set HOLDFAST_PORT/,
      );
      expect(readdirSync(starts.folder)).toEqual([]);
      expect(archive.stdout).toBe('');
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
    writeFileSync(join(starts.folder, 'thesis.tex'), '');
    await refused({}, /^holdfast: .* was not made by Holdfast: set HOLDFAST_DATA/);
  });

  it('a data folder that has lost the password of its database', async () => {
    starts.useAgain();
    const before = starts.run();
    await before.ready();
    await before.end('SIGTERM');
    rmSync(join(starts.folder, 'postgres.password'));
    await refused({}, /^holdfast: .*postgres\.password cannot be read \(ENOENT\): put back/);
  });

  it('a data folder that another archive uses', async () => {
    starts.useAgain();
    await starts.run().ready();
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
    const archive = await refused({ DATABASE_URL: url.href }, sentence);
    expect(archive.stderr).not.toContain(password);
  });

  it('a setting that makes no sense', async () => {
    await refused({ HOLDFAST_PORT: 'seventy' }, /^holdfast: HOLDFAST_PORT must be a port number/);
  });
});
