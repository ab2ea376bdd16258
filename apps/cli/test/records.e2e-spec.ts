import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { jsonLines, type Command } from './command.js';
import { authorOf, People } from './people.js';

const timeoutMs = 240_000;
const people = new People();
let archive: ArchiveProcess;
let alice: Command;
let bob: Command;
let author = '';

beforeAll(async () => {
  archive = await bootArchive();
  alice = await people.newcomer(archive);
  bob = people.reader(archive);
  author = await authorOf(alice);
}, timeoutMs);
afterAll(async () => {
  people.leaveAll();
  await archive.destroy();
}, timeoutMs);

describe('records on the command line', () => {
  it(
    'are published, got, and say where they came from',
    async () => {
      const published = await alice(
        'publish',
        'hello, world',
        '--collection',
        'notes',
        '--topic',
        'greetings',
      );
      expect(published).toMatchObject({ status: 0, stderr: '' });
      const id = published.stdout.trim();
      const got = await bob('get', id);
      expect(got).toEqual({
        status: 0,
        stdout: 'hello, world\n',
        stderr: `(from the archive at ${archive.url})\n`,
      });
      const [json] = await bob.json('get', id, '--via', 'archive');
      expect(json).toMatchObject({
        id,
        author,
        collection: 'notes',
        topics: ['greetings'],
        body: 'hello, world',
        source: { kind: 'archive', archive: archive.id, url: archive.url },
        tried: [{ place: 'archive', url: archive.url }],
      });
    },
    timeoutMs,
  );

  it(
    'are retracted by their author, and by nobody else',
    async () => {
      const id = (await alice('publish', 'too soon', '--collection', 'notes')).stdout.trim();
      const carol = await people.newcomer(archive);
      expect(await carol('retract', id)).toMatchObject({
        status: 4,
        stderr: expect.stringContaining('only its author can'),
      });
      const [retraction] = await alice.json('retract', id);
      expect(retraction).toMatchObject({ status: 'stored' });
      expect(await bob('get', id)).toMatchObject({ status: 1, stdout: '' });
      const again = await alice('retract', String(retraction!['id']));
      expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot be retracted') });
    },
    timeoutMs,
  );

  it(
    'may come on stdin, and lose the line break at the end',
    async () => {
      const { status, stdout } = await alice.withInput(
        'first\nsecond\n',
        'publish',
        '-',
        '--collection',
        'notes',
        '--json',
      );
      expect(status).toBe(0);
      const [receipt] = jsonLines(stdout);
      expect(receipt).toMatchObject({ status: 'stored', archive: archive.id });
      const [record] = await bob.json('get', String(receipt!['id']));
      expect(record!['body']).toBe('first\nsecond');
    },
    timeoutMs,
  );

  it(
    'are listed newest first, one line each, and revisions only when asked for',
    async () => {
      for (const text of ['one', 'two', 'three']) {
        await alice.json('publish', text, '--collection', 'places', '--key', 'today');
      }
      const { stdout } = await bob('query', '--author', author, '--collection', 'places');
      expect(stdout).toMatch(
        new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d  ${author.slice(0, 8)}  places  today  three\\n$`),
      );
      const history = await bob.json('query', '--collection', 'places', '--history', '--limit', '2');
      expect(history.map(({ body }) => body)).toEqual(['three', 'two']);
      expect(Object.keys(history[0]!).slice(0, 2)).toEqual(['id', 'author']);
      expect(
        await alice.json('query', '--author', 'me', '--collection', 'places', '--since', '1h'),
      ).toHaveLength(1);
      expect(await bob.json('query', '--collection', 'places', '--q', 'nothing-of-the-kind')).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'are followed as they are published, until Ctrl-C, which is a good end',
    async () => {
      const following = bob.start('follow', '--collection', 'live', '--since', '1d', '--json');
      await alice.json('publish', 'now', '--collection', 'live');
      expect(JSON.parse(await following.nextLine())).toMatchObject({
        collection: 'live',
        body: 'now',
        author,
      });
      await alice.json('publish', 'then', '--collection', 'live');
      expect(JSON.parse(await following.nextLine())).toMatchObject({ body: 'then' });
      following.child.kill('SIGINT');
      expect(await following.finished).toMatchObject({ status: 0, stderr: '' });
    },
    timeoutMs,
  );

  it(
    'are followed from where the last follow of that name ended',
    async () => {
      for (const text of ['one', 'two', 'three']) await alice.json('publish', text, '--collection', 'named');
      const follow = (limit: string) =>
        alice.json('follow', '--collection', 'named', '--from', 'start', '--name', 'mine', '--limit', limit);
      expect((await follow('2')).map(({ body }) => body)).toEqual(['one', 'two']);
      expect((await follow('1')).map(({ body }) => body)).toEqual(['three']);
    },
    timeoutMs,
  );

  it(
    'of others cannot write to the terminal: a pipe gets every byte',
    async () => {
      const [receipt] = jsonLines(
        (await alice.withInput('a\u001b[31mb', 'publish', '--collection', 'notes', '--json')).stdout,
      );
      expect((await bob('get', String(receipt!['id']))).stdout).toBe('a\u001b[31mb\n');
    },
    timeoutMs,
  );

  it(
    'are published by many commands beside each other on one home, each once',
    async () => {
      const texts = Array.from({ length: 8 }, (_, i) => `text ${i}`);
      const finished = await Promise.all(
        texts.map((text) => alice('publish', text, '--collection', 'beside')),
      );
      expect(finished.map(({ status }) => status)).toEqual(texts.map(() => 0));
      const found = await bob.json('query', '--collection', 'beside');
      expect(found.map(({ body }) => body).sort()).toEqual(texts);
    },
    timeoutMs,
  );

  it(
    'end quietly when whoever reads them has left',
    async () => {
      const listing = bob.start('query', '--history', '--limit', '1000', '--json');
      listing.child.stdout!.destroy();
      expect(await listing.finished).toMatchObject({ status: 0, stderr: '' });
    },
    timeoutMs,
  );

  it(
    'that are not there, or too large, are refused with a code',
    async () => {
      const missing = await bob('get', 'A'.repeat(43), '--json');
      expect(missing).toMatchObject({ status: 1, stdout: '' });
      expect(jsonLines(missing.stderr)).toEqual([
        expect.objectContaining({ code: 'record-not-found', retryable: false }),
      ]);
      const large = await alice.withInput(
        'x'.repeat(65_536),
        'publish',
        '-',
        '--collection',
        'notes',
        '--json',
      );
      expect(large.status).toBe(1);
      expect(jsonLines(large.stderr)).toEqual([expect.objectContaining({ code: 'record-too-large' })]);
    },
    timeoutMs,
  );

  it(
    'wait in the home folder while no archive answers, and go out with the next command that reaches one',
    async () => {
      const waiting = await alice(
        ...'publish patient --collection waiting --timeout 5s --json --archive http://127.0.0.1:9'.split(' '),
      );
      expect(waiting.status).toBe(1);
      expect(jsonLines(waiting.stderr)).toEqual([
        expect.objectContaining({ code: 'archive-unreachable', retryable: true }),
      ]);
      await alice.json('publish', 'next', '--collection', 'waiting');
      const following = bob.start(
        'follow',
        '--collection',
        'waiting',
        '--from',
        'start',
        '--limit',
        '2',
        '--json',
      );
      const bodies = jsonLines((await following.finished).stdout).map(({ body }) => body);
      expect(bodies.sort()).toEqual(['next', 'patient']);
    },
    timeoutMs,
  );
});
