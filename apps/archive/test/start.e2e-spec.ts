import { describe, expect, it } from '@jest/globals';
import { freePort } from '@holdfast/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../src/platform/postgres/process-table.js';
import { postmasterPid, Starts } from './archive-process.js';

const greetingProgram = fileURLToPath(new URL('../dist/run.js', import.meta.url));

/** The archive as `npm start` runs it, with its own PostgreSQL in a folder of its own. */
describe('the archive as a process', () => {
  const starts = new Starts();

  it('says where it is, answers, and stops in order with its database last', async () => {
    const archive = starts.run();
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

    const postgres = postmasterPid(starts.folder)!;
    expect(isAlive(postgres)).toBe(true);
    expect(await archive.end('SIGTERM')).toBe(0);
    expect(isAlive(postgres)).toBe(false);
    expect(existsSync(join(starts.folder, 'postgres', 'postmaster.pid'))).toBe(false);
    const sentences = archive.log().map(({ msg }) => msg);
    expect(sentences.slice(-4)).toEqual([
      'the archive stops',
      'the doors are closed',
      'the embedded PostgreSQL has stopped',
      'the archive has stopped',
    ]);
  });

  it('stops in order at Ctrl-C too, even when that arrives twice', async () => {
    starts.useAgain();
    const archive = starts.run();
    await archive.ready();
    const postgres = postmasterPid(starts.folder)!;
    archive.child.kill('SIGINT');
    expect(await archive.end('SIGINT')).toBe(0);
    expect(isAlive(postgres)).toBe(false);
  });

  it('hears of a SIGTERM that npm was sent, and npm waits for it', async () => {
    starts.useAgain();
    const archive = starts.run({}, ['start'], 'npm');
    await archive.ready();
    const postgres = postmasterPid(starts.folder)!;
    expect(await archive.end('SIGTERM')).toBe(0);
    expect(archive.log().at(-1)?.msg).toBe('the archive has stopped');
    expect(isAlive(postgres)).toBe(false);
  });

  it('greets somebody at a terminal with its address, its id and what to type next', async () => {
    starts.useAgain();
    const script = `import(${JSON.stringify(greetingProgram)}).then(({ runArchive }) => runArchive({ greet: true }))`;
    const archive = starts.run({}, ['-e', script]);
    const { url, id } = await archive.ready();
    await archive.until(() => archive.stdout.includes('Ctrl-C stops it'));
    expect(archive.stdout).toContain(`URL   ${url}\n`);
    expect(archive.stdout).toContain(`id    ${id}\n`);
    expect(archive.stdout).toContain('try   npx holdfast id new');
  });

  it('is the same archive after it was killed, alone or with its database', async () => {
    starts.useAgain();
    const first = starts.run();
    const { id } = await first.ready();
    const orphan = postmasterPid(starts.folder)!;
    await first.end('SIGKILL');
    expect(isAlive(orphan)).toBe(true);

    const second = starts.run();
    expect((await second.ready()).id).toBe(id);
    expect(isAlive(orphan)).toBe(false);
    process.kill(postmasterPid(starts.folder)!, 'SIGKILL');
    await second.end('SIGKILL');

    const third = starts.run();
    expect((await third.ready()).id).toBe(id);
    expect(await third.end('SIGTERM')).toBe(0);
  });

  it('ends with a sentence when its database ends without being asked', async () => {
    starts.useAgain();
    const archive = starts.run();
    await archive.ready();
    process.kill(postmasterPid(starts.folder)!, 'SIGQUIT');
    expect(await archive.ended).toBe(1);
    expect(archive.stderr).toBe('holdfast: The embedded PostgreSQL has ended: start the archive again.\n');
  });

  it('uses the PostgreSQL that DATABASE_URL names, and then needs no data folder', async () => {
    const untouched = join(starts.folder, 'untouched');
    const archive = starts.run({
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
    const archive = starts.run({
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
    starts.useAgain();
    const archive = starts.run({ HOLDFAST_LOG_LEVEL: 'trace' });
    await archive.ready();
    await archive.end('SIGTERM');
    const password = readFileSync(join(starts.folder, 'postgres.password'), 'utf8').trim();
    expect(archive.stdout + archive.stderr).not.toContain(password);
  });
});

async function json(url: string): Promise<unknown> {
  return (await fetch(url)).json();
}
