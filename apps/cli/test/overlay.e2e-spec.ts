import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, memoryStorage, type Client } from '@holdfast/client';
import { generatePrivateJwk } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { makeCommand, type Command } from './command.js';
import { People } from './people.js';

const timeoutMs = 240_000;
const people = new People();
let archive: ArchiveProcess;
let bob: Command;

beforeAll(async () => {
  archive = await bootArchive();
  bob = people.reader(archive);
}, timeoutMs);
afterAll(async () => {
  people.leaveAll();
  await archive.destroy();
}, timeoutMs);

/** Somebody who serves, as soon as they do. */
async function server(): Promise<Client> {
  const client = createClient({
    archives: [archive.url],
    identity: await generatePrivateJwk(),
    storage: memoryStorage(),
    overlay: 'server',
    overlayServesAfterMs: 0,
    directLinks: 'off',
  });
  for (;;) {
    const changed = new Promise<unknown>((resolve) => client.on('overlay', resolve));
    const { node, role } = await client.overlay();
    if (node !== undefined && role === 'server') return client;
    await changed;
  }
}

describe('the overlay on the command line', () => {
  it(
    'gets a record from another client, and says that it is in',
    async () => {
      const alice = await server();
      const { id } = await alice.publish({ collection: 'notes', body: 'hello, clients' });
      const got = await bob('get', id, '--via', 'dht,flood');
      expect(got).toMatchObject({ status: 0, stdout: 'hello, clients\n' });
      expect(got.stderr).toContain('(from another client');
      const [status] = await bob.json('overlay', '--timeout', '1m');
      expect(status).toMatchObject({ isIn: true, asked: 'observer', role: 'observer', contacts: 1 });
      await alice.close();
    },
    timeoutMs,
  );

  it(
    'says why it is not in, and what to do',
    async () => {
      const alone = await bob('overlay');
      expect(alone).toMatchObject({ status: 1, stderr: '' });
      expect(alone.stdout).toMatch(/^not in the overlay: [^]*\nto do {5}\S/);
      expect(alone.stdout).toContain(`${archive.url}  joined`);
      const away = makeCommand('http://127.0.0.1:9');
      const unreachable = await away('overlay', '--json');
      expect(unreachable.status).toBe(1);
      expect(JSON.parse(unreachable.stdout)).toMatchObject({ isIn: false, whyNot: 'unreachable' });
      away.remove();
      const off = makeCommand(archive.url, { HOLDFAST_OVERLAY: 'off' });
      expect((await off('overlay')).stdout).toContain('HOLDFAST_OVERLAY');
      off.remove();
      const wrong = makeCommand(archive.url, { HOLDFAST_OVERLAY: 'yes' });
      expect((await wrong('overlay')).status).toBe(2);
      wrong.remove();
    },
    timeoutMs,
  );
});
