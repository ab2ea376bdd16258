/** What commands do when archives are away, are not the sender's own, or are not who they were. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { jsonLines, type Command } from './command.js';
import { authorOf, cardOf, People } from './people.js';

const timeoutMs = 240_000;
const people = new People();
let alices: ArchiveProcess;
let bobs: ArchiveProcess;
let alice: Command;
let bob: Command;
let card = '';

beforeAll(async () => {
  [alices, bobs] = await Promise.all([bootArchive(), bootArchive()]);
  alice = await people.newcomer(alices);
  bob = await people.newcomer(bobs);
  card = await cardOf(bob);
}, timeoutMs);
afterAll(async () => {
  people.leaveAll();
  await Promise.all([alices.destroy(), bobs.destroy()]);
}, timeoutMs);

describe('a message to somebody at another archive', () => {
  it(
    'is brought there, and seen delivered by a sender who names only the own one',
    async () => {
      const [sent] = await alice.json('send', '--to', card, 'over there');
      const copies = { held: 2, wanted: 2, possible: 2 };
      expect(sent).toMatchObject({ status: 'durable', copies });
      expect(await bob.json('inbox')).toEqual([expect.objectContaining({ text: 'over there' })]);
      expect(await alice.json('status', String(sent!['id']))).toEqual([
        expect.objectContaining({ status: 'delivered', isFresh: true }),
      ]);
    },
    timeoutMs,
  );

  it(
    'waits at the own archive while that one is away, and goes there with the next command of any kind',
    async () => {
      await bobs.stop();
      const sent = await alice('send', '--to', card, 'later');
      expect(sent).toMatchObject({ status: 0 });
      const message = sent.stdout.slice(0, 22);
      expect(sent.stdout).toBe(`${message}  accepted  signed for by 1 of 2 archives\n`);
      const status = await alice('status', message);
      expect(status.stdout).toContain(`held by ${alices.url} since`);
      expect(status.stdout).toContain(`pending at ${bobs.url}`);
      await bobs.start();
      expect(await readAfterQueries()).toEqual([expect.objectContaining({ text: 'later' })]);
      expect((await alice('status', message)).stdout).toBe(`${message}  delivered\n`);
    },
    timeoutMs,
  );

  it(
    'waits in the home folder while no archive is there, and goes with the next command of any kind',
    async () => {
      await Promise.all([alices.stop(), bobs.stop()]);
      const sent = await alice('send', '--to', card, 'much later', '--timeout', '10s', '--json');
      const [late] = jsonLines(sent.stderr);
      expect(late).toMatchObject({ code: 'archive-unreachable', message: expect.any(String) });
      const message = String(late!['message']);
      const status = await alice('status', message);
      expect(status.stdout).toContain(`${message}  local  signed for by 0 of 2 archives  (as last known)\n`);
      expect(status.stderr).toContain('No archive has taken it yet');
      await Promise.all([alices.start(), bobs.start()]);
      expect(await readAfterQueries()).toEqual([expect.objectContaining({ text: 'much later' })]);
      expect((await alice('status', message)).stdout).toBe(`${message}  delivered\n`);
    },
    timeoutMs,
  );
});

describe('when no archive can be reached', () => {
  it(
    'nothing is sent to somebody whose mailbox is not known, and what was published goes with a later command',
    async () => {
      const stranger = await people.newcomer(alices);
      const author = await authorOf(stranger);
      await alices.stop();
      const sent = await alice('send', '--to', author, 'hello', '--timeout', '2s');
      expect(sent).toMatchObject({ status: 1, stdout: '' });
      expect(sent.stderr).toContain('nothing was sent or kept');
      const publish = ['publish', 'in the dark', '--collection', 'notes', '--timeout', '5s', '--json'];
      const [waits] = jsonLines((await alice(...publish)).stderr);
      expect(waits!['detail']).toContain('The record waits in the home folder');
      expect(await alice.json('get', String(waits!['record']), '--via', 'local')).toEqual([
        expect.objectContaining({ body: 'in the dark', source: { kind: 'local' } }),
      ]);

      // Whoever is written to has another archive, which is not the one where alice publishes.
      expect((await alice('send', '--to', card, 'in the light')).status).toBe(0);
      expect(await bob.json('query', '--collection', 'notes')).toEqual([]);

      const watching = alice.start('inbox', '--watch');
      const [remark] = (await once(watching.child.stderr!, 'data')) as [Buffer];
      expect(String(remark)).toContain(`waiting for the archive at ${alices.url}`);
      watching.child.kill('SIGINT');
      expect((await watching.finished).status).toBe(0);
      const query = await stranger('query', '--collection', 'notes');
      expect(query.stderr).toContain('holdfast archive doctor');

      await alices.start();
      let found: Record<string, unknown>[] = [];
      while (found.length === 0) {
        await alice('get', 'A'.repeat(43));
        found = await stranger.json('query', '--collection', 'notes');
      }
      expect(found).toEqual([expect.objectContaining({ body: 'in the dark' })]);
    },
    timeoutMs,
  );
});

describe('a publish that is ended while no archive answers', () => {
  it(
    'says that the record waits, and the next command brings it there once and ends',
    async () => {
      const hasty = await people.newcomer(alices);
      await alices.stop();
      const publishing = hasty.start('publish', 'kept', '--collection', 'ended');
      await untilStored(hasty, 'outbox/record/');
      publishing.child.kill('SIGINT');
      const { status, stderr } = await publishing.finished;
      expect(status).toBe(1);
      expect(stderr).toContain('waits in the home folder');
      expect(stderr).toContain('do not send it again');

      await alices.start();
      const query = () => hasty.json('query', '--collection', 'ended');
      while ((await query()).length === 0);
      expect(await query()).toMatchObject([{ body: 'kept' }]);
    },
    timeoutMs,
  );
});

describe('follow', () => {
  it(
    'says on stderr that it follows',
    async () => {
      const following = alice.start('follow', '--collection', 'notes');
      const [remark] = (await once(following.child.stderr!, 'data')) as [Buffer];
      expect(String(remark)).toBe('following … (Ctrl-C ends)\n');
      await alice.json('publish', 'heard', '--collection', 'notes');
      expect(await following.nextLine()).toContain('heard');
      following.child.kill('SIGINT');
      expect(await following.finished).toMatchObject({ status: 0 });
    },
    timeoutMs,
  );
});

describe('an archive that is not the one that was named', () => {
  it(
    'is not spoken to, and the error says how to name it anew',
    async () => {
      const wrong = await alice('query', '--collection', 'notes', '--archive', `${alices.url}#${bobs.id}`);
      expect(wrong.status).toBe(1);
      expect(wrong.stderr).toContain('--archive URL#ID');
      expect(wrong.stderr).toContain('(archive-foreign)');
      expect(wrong.stderr).not.toContain('before');
      // Nobody has answered under the wrong id: what is known of this address stays.
      expect(await alice('query', '--collection', 'notes')).toMatchObject({ status: 0, stderr: '' });
    },
    timeoutMs,
  );
});

/** What bob reads once a query of alice's has brought it: a command waits for that, but no longer than some seconds. */
async function readAfterQueries(): Promise<Record<string, unknown>[]> {
  for (;;) {
    await alice('query', '--collection', 'notes');
    const messages = await bob.json('inbox');
    if (messages.length > 0) return messages;
  }
}

/** Waits until the local store of somebody has something under this key. */
async function untilStored({ home }: Command, key: string): Promise<void> {
  const store = join(home, 'store');
  const journals = () => readdirSync(store).filter((name) => name.startsWith('journal'));
  const has = () => journals().some((name) => readFileSync(join(store, name), 'utf8').includes(key));
  while (!existsSync(store) || !has()) await new Promise((resolve) => setTimeout(resolve, 5));
}
