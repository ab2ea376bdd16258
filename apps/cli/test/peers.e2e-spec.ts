import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { Client } from 'pg';
import { jsonLines, makeCommand, type Command } from './command.js';

const timeoutMs = 360_000;
let archives: ArchiveProcess[];
let [one, two]: Command[] = [];

beforeAll(async () => {
  archives = await Promise.all([bootArchive(), bootArchive()]);
  [one, two] = archives.map(({ url, databaseUrl }) => makeCommand(url, { DATABASE_URL: databaseUrl }));
}, timeoutMs);
afterAll(async () => {
  for (const command of [one, two]) command?.remove();
  await Promise.all(archives.map((archive) => archive.destroy()));
}, timeoutMs);

/** Lists again and again until it is so; left to the test's time limit to end. */
async function listed(
  command: Command,
  isSo: (peers: Record<string, unknown>[]) => boolean,
): Promise<Record<string, unknown>[]> {
  for (;;) {
    const peers = await command.json('archive', 'peers', 'list');
    if (isSo(peers)) return peers;
  }
}

describe('archive peers', () => {
  it(
    'joins two archives with one command on each side, and parts them with one',
    async () => {
      const [a, b] = archives;
      const empty = await one!('archive', 'peers', 'list');
      expect(empty).toMatchObject({ status: 0, stdout: '' });
      expect(empty.stderr).toContain('archive peers add URL');

      const foreign = await one!('archive', 'peers', 'add', `${b!.url}#${a!.id}`);
      expect(foreign).toMatchObject({ status: 1, stderr: expect.stringContaining(b!.id) });
      expect(await one!.json('archive', 'peers', 'list')).toEqual([]);
      const added = await one!('archive', 'peers', 'add', `${b!.url}#${b!.id}`);
      expect(added).toMatchObject({ status: 0, stderr: '' });
      expect(added.stdout).toContain(`added  ${b!.id}`);
      expect(added.stdout).toContain(`holdfast archive peers approve ${a!.id}`);

      const asking = await two!('archive', 'peers', 'list');
      expect(asking.stdout).toMatch(new RegExp(`^STATE +ID +URL.*\nasks +${a!.id.slice(0, 12)}`));
      // Where it is has nobody but itself said.
      const byUrl = await two!('archive', 'peers', 'approve', a!.url);
      expect(byUrl).toMatchObject({ status: 2, stderr: expect.stringContaining(a!.id) });
      // What begins with "-", as one id in 64 does, and is not as long as an id is taken for an option.
      const beginning = a!.id.startsWith('-') ? a!.id : a!.id.slice(0, 8);
      expect(await two!.json('archive', 'peers', 'approve', beginning)).toEqual([
        expect.objectContaining({ id: a!.id, state: 'trusted' }),
      ]);
      const [peer] = await listed(one!, ([first]) => first?.['linked'] === true);
      expect(peer).toMatchObject({ id: b!.id, url: b!.url, state: 'trusted', dialed: true, misbehaved: 0 });
      expect(Number(peer!['bytesOut'])).toBeGreaterThan(0);
      const again = await one!.json('archive', 'peers', 'add', b!.url);
      expect(again).toEqual([expect.objectContaining({ id: b!.id, state: 'trusted' })]);

      expect((await one!('archive', 'peers', 'approve', b!.id)).stdout).toBe(
        `${b!.id} is trusted, and linked.\n`,
      );

      expect(await two!.json('archive', 'peers', 'block', a!.url)).toEqual([
        expect.objectContaining({ state: 'blocked', linked: false }),
      ]);
      expect((await two!('archive', 'peers', 'block', a!.url)).stdout).toContain('is blocked');
      await listed(one!, ([first]) => String(first?.['error']).startsWith('not-authorised'));
      expect((await two!.json('archive', 'peers', 'list'))[0]).toMatchObject({
        state: 'blocked',
        linked: false,
      });

      expect(await one!.json('archive', 'peers', 'remove', b!.id)).toEqual([{ removed: b!.id }]);
      expect(await one!.json('archive', 'peers', 'list')).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'goes on with its peers after its key was rotated',
    async () => {
      const [a, b] = archives;
      expect((await one!('archive', 'keys', 'list')).stdout).toBe(`${a!.id}  id, signs\n`);
      await two!('archive', 'peers', 'add', a!.url);
      await one!.json('archive', 'peers', 'add', b!.url);
      await listed(one!, ([first]) => first?.['linked'] === true);
      const [rotated] = await one!.json('archive', 'keys', 'rotate');
      expect(rotated).toMatchObject({ archive: a!.id, keys: [a!.id, rotated!['key']] });
      expect(await two!.json('archive', 'keys', 'list', '--archive', a!.url)).toEqual([
        { key: a!.id, use: 'id' },
        { key: rotated!['key'], use: 'signs' },
      ]);
      // A new connection is made, with tokens of the new key.
      await b!.kill9();
      await b!.start();
      await listed(two!, ([first]) => first?.['linked'] === true);
      await a!.kill9();
      await a!.start();
      await listed(one!, ([first]) => first?.['linked'] === true);
      expect((await one!.json('archive', 'keys', 'list')).map(({ use }) => use)).toEqual(['id', 'signs']);
    },
    timeoutMs,
  );

  it(
    'is examined by the doctor, who says which peer is away',
    async () => {
      const [, b] = archives;
      const finding = async (check: string) => {
        const { stdout } = await one!('archive', 'doctor', '--json');
        return jsonLines(stdout).find((line) => line['check'] === check);
      };
      await listed(one!, ([first]) => first?.['linked'] === true);
      expect(await finding('peers')).toMatchObject({ status: 'ok' });
      expect(await finding('set')).toMatchObject({ status: 'ok' });
      const same = await one!('archive', 'doctor', '--peer', b!.id.slice(0, 9), '--json');
      expect(jsonLines(same.stdout).find(({ check }) => check === 'difference')).toMatchObject({
        status: 'ok',
        detail: expect.stringContaining(b!.id.slice(0, 12)),
      });
      await b!.stop();
      await listed(one!, ([first]) => first?.['linked'] === false && first['error'] !== undefined);
      expect(await finding('peers')).toMatchObject({ status: 'warn', advice: expect.any(String) });
      expect((await finding('peers'))!['detail']).toContain(b!.id.slice(0, 12));
      const compared = await one!('archive', 'doctor', '--peer', b!.id, '--json');
      expect(compared.status).toBe(1);
      await b!.start();
    },
    timeoutMs,
  );

  it(
    'says what to do when the archive does not run, is another one, or its database cannot be read',
    async () => {
      const [a, b] = archives;
      const cases: readonly [Command, string, string][] = [
        [makeCommand('http://127.0.0.1:9', { DATABASE_URL: a!.databaseUrl }), 'archive-unreachable', 'start'],
        [makeCommand(b!.url, { DATABASE_URL: a!.databaseUrl }), 'archive-foreign', '--archive'],
        [
          makeCommand(a!.url, { DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:9/x' }),
          'database-unreachable',
          'DATABASE_URL',
        ],
        [makeCommand(a!.url, { HOLDFAST_DATA: '/nonexistent' }), 'database-unreachable', 'HOLDFAST_DATA'],
      ];
      for (const [command, code, advice] of cases) {
        const { status, stdout, stderr } = await command('archive', 'peers', 'list');
        expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
        expect(stderr).toContain(code);
        expect(stderr).toContain(advice);
        expect(stderr).not.toContain('hunter2');
        command.remove();
      }
      const unknown = await one!('archive', 'peers', 'approve', 'nobody');
      expect(unknown.stderr).toContain('peer-unknown');
      const away = await one!('archive', 'peers', 'add', 'http://127.0.0.1:9');
      expect(away.stderr).toContain('archive-unreachable');
      const itself = await one!('archive', 'peers', 'add', a!.url);
      expect(itself.stderr).toContain('archive-foreign');
      expect(itself.stderr).not.toContain('URL#ID');
      const wrongSide = await one!('archive', 'peers', 'approve', a!.id);
      expect(wrongSide.stderr).toContain('where the other archive runs');
    },
    timeoutMs,
  );

  it(
    'tells of another one that was added at the same address, which may be gone for good',
    async () => {
      const [a, b] = archives;
      const gone = 'A'.repeat(43);
      const database = new Client({ connectionString: a!.databaseUrl });
      await database.connect();
      await database.query(
        `insert into peer (id, url, state, origin) values ($1, $2, 'trusted', 'operator')`,
        [gone, b!.url],
      );
      await database.end();
      const { status, stderr } = await one!('archive', 'peers', 'add', b!.url);
      expect({ status, stderr }).toEqual({
        status: 0,
        stderr: expect.stringContaining(`holdfast archive peers remove ${gone}`),
      });
      await one!('archive', 'peers', 'remove', gone);
      expect((await one!('archive', 'peers', 'add', b!.url)).stderr).toBe('');
    },
    timeoutMs,
  );
});
