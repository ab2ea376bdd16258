import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { jsonLines, makeCommand, type Command } from './command.js';

/** The first test alone starts some fifty processes. */
const timeoutMs = 600_000;
let command: Command;
beforeAll(async () => {
  command = makeCommand('http://127.0.0.1:9');
  await command('id', 'new');
}, timeoutMs);
afterAll(() => command.remove());

const commands =
  'id new,id show,publish,get,query,follow,contact show,contact add,contact list,send,inbox,status,recall,resend,overlay,import mail,archive start,archive doctor,archive peers list,archive peers add,archive peers approve,archive peers block,archive peers remove,archive keys list,archive keys rotate'.split(
    ',',
  );

describe('the command line', () => {
  it(
    'explains every command with examples, and begins with all of them',
    async () => {
      const { status, stdout } = await command();
      expect(status).toBe(0);
      for (const name of commands) {
        expect(stdout).toContain(name.split(' ')[0]);
        const help = await command(...name.split(' '), '--help');
        expect(help).toMatchObject({ status: 0, stderr: '' });
        expect(help.stdout).toContain(`Examples:\n`);
        expect(help.stdout).toContain(`holdfast ${name}`);
        expect(help.stdout).toContain('--json');
        expect(await command('help', ...name.split(' '))).toEqual(help);
      }
      expect((await command('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    },
    timeoutMs,
  );

  it.each([
    [['nonsense']],
    [['help', 'id', 'nonsense']],
    [['id']],
    [['id', 'nonsense']],
    [['publish', 'text']],
    [['publish', 'text', '--collection', 'No Good']],
    [['publish', '', '--collection', 'notes']],
    [['publish', '--collection', 'notes']],
    [['publish', 'text', '--collection', 'notes', '--nonsense']],
    [['publish', 'text', 'more', '--collection', 'notes']],
    [['get']],
    [['get', 'nonsense']],
    [['get', 'A'.repeat(43), '--via', 'nowhere']],
    [['retract']],
    [['query', '--since', 'yesterday']],
    [['query', '--limit', '0']],
    [['follow', '--from', 'nowhere']],
    [['follow', '--name', 'mine', '--since', '1h']],
    [['follow', '--from', 'now', '--since', '1h']],
    [['query', '--archive', 'nonsense']],
    [['query', '--archive', '']],
    [['contact', 'add']],
    [['send', 'text']],
    [['status']],
    [['status', 'A'.repeat(22), '--wait', 'accepted']],
    [['status', 'A'.repeat(22), '--timeout', '0s']],
    [['import', 'mail']],
    [['archive', 'peers', 'add', 'nonsense']],
    [['archive', 'peers', 'approve']],
  ])(
    'ends with 2 and one JSON object when it does not understand %j',
    async (words) => {
      const { status, stdout, stderr } = await command(...words, '--json');
      expect({ status, stdout, stderr }).toMatchObject({ status: 2, stdout: '' });
      expect(jsonLines(stderr)).toEqual([
        { code: 'usage-invalid', detail: expect.any(String), retryable: false },
      ]);
    },
    timeoutMs,
  );

  it(
    'ends with 4 where an identity is needed and none was made, and says what to run',
    async () => {
      const home = join(command.home, 'empty');
      for (const words of [
        ['id', 'show'],
        ['publish', 'x', '--collection', 'notes'],
        ['inbox'],
        ['contact', 'show'],
      ]) {
        const { status, stderr } = await command(...words, '--home', home);
        expect(status).toBe(4);
        expect(stderr).toContain('npx holdfast id new');
      }
      expect(() => readdirSync(home)).toThrow('ENOENT');
    },
    timeoutMs,
  );

  it(
    'does not use a key that others can read',
    async () => {
      const file = join(command.home, 'identity.json');
      chmodSync(file, 0o640);
      const { status, stderr } = await command('publish', 'x', '--collection', 'notes');
      chmodSync(file, 0o600);
      expect(status).toBe(1);
      expect(stderr).toContain('chmod 600');
    },
    timeoutMs,
  );

  it(
    'says which archive does not answer, and nothing of stacks',
    async () => {
      const { status, stdout, stderr } = await command('query', '--collection', 'notes');
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(/^holdfast: .*\(archive-unreachable\)\n$/);
    },
    timeoutMs,
  );

  it(
    'takes ids and keys that begin with "-" for what they are',
    async () => {
      const id = `-${'A'.repeat(42)}`;
      const codeOf = async (...words: string[]) =>
        jsonLines((await command(...words, '--json')).stderr)[0]!['code'];
      expect(await codeOf('get', id)).toBe('archive-unreachable');
      expect(await codeOf('status', id.slice(0, 22))).toBe('message-unknown');
      expect(await codeOf('send', '--to', 'nobody', id, 'text')).toBe('contact-unknown');
      expect(await codeOf('query', '--author', id.replaceAll('A', 'B'))).not.toBe('usage-invalid');
    },
    timeoutMs,
  );

  it(
    'ends at Ctrl-C with a code when there was something left to do',
    async () => {
      const patient = makeCommand('http://127.0.0.1:9');
      await patient('id', 'new');
      const publishing = patient.start('publish', 'x', '--collection', 'notes', '--timeout', '10m', '--json');
      await until(() => readdirSync(patient.home).includes('store'));
      publishing.child.kill('SIGINT');
      const { status, stderr } = await publishing.finished;
      expect(status).toBe(1);
      expect(jsonLines(stderr)).toEqual([expect.objectContaining({ code: 'aborted' })]);
      patient.remove();
    },
    timeoutMs,
  );
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
