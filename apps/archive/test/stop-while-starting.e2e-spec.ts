import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A database that takes connections and never says a word. */
describe('an archive that is still starting', () => {
  let silent: Server;
  beforeEach(async () => {
    silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });
  afterEach(() => void silent.close());

  it('stops when it is asked to, without a complaint', async () => {
    const { port } = silent.address() as AddressInfo;
    const { HOLDFAST_TEST_DATABASE_URL: _unused, ...environment } = process.env;
    const archive = spawn(process.execPath, [program], {
      env: { ...environment, DATABASE_URL: `postgresql://a:b@127.0.0.1:${port}/c`, HOLDFAST_PORT: '0' },
    });
    let complaint = '';
    archive.stderr.on('data', (bytes: Buffer) => (complaint += bytes.toString()));
    const exited = once(archive, 'exit');
    await once(silent, 'connection');
    archive.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(complaint).toBe('');
  });
});
