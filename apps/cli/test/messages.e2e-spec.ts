import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { jsonLines, type Command } from './command.js';
import { authorOf, cardOf, People } from './people.js';
import { secretsOf } from './secrets.js';

const timeoutMs = 240_000;
const people = new People();
let archive: ArchiveProcess;
let alice: Command;
let bob: Command;
let card = '';

beforeAll(async () => {
  archive = await bootArchive({ settings: { HOLDFAST_LOG_LEVEL: 'trace' } });
  alice = await people.newcomer(archive);
  bob = await people.newcomer(archive);
  card = await cardOf(bob);
}, timeoutMs);
afterAll(async () => {
  people.leaveAll();
  await archive.destroy();
}, timeoutMs);

describe('messages on the command line', () => {
  it(
    'reach somebody who is away, are printed once, and are seen delivered',
    async () => {
      expect(card).toMatch(/^holdfast:[\w-]{43}\?archive=http%3A%2F%2F127\.0\.0\.1%3A\d+$/);
      expect(await alice('contact', 'add', card, 'bob')).toMatchObject({ status: 0, stdout: 'bob\n' });
      const [contact] = await alice.json('contact', 'list');
      expect(contact).toMatchObject({ name: 'bob', archives: [archive.url] });

      const sent = await alice('send', '--to', 'bob', 'see you at eight');
      expect(sent.stdout).toMatch(
        /^[\w-]{22} {2}durable {2}signed for by 1 archive, the only one known \(2 wanted\)\n$/,
      );
      const message = sent.stdout.slice(0, 22);
      const [received, ...more] = await bob.json('inbox');
      expect(received).toMatchObject({ id: message, from: await authorOf(alice), text: 'see you at eight' });
      expect(more).toEqual([]);
      expect(await bob.json('inbox')).toEqual([]);
      const status = await alice('status', message, '--wait', 'delivered', '--timeout', '1m');
      expect(status).toMatchObject({ status: 0, stdout: `${message}  delivered\n` });
      expect(await alice.json('status', message, '--wait', 'durable')).toEqual([
        expect.objectContaining({ id: message, status: 'delivered' }),
      ]);
    },
    timeoutMs,
  );

  it(
    'come on stdin, to several people, and are watched for until Ctrl-C',
    async () => {
      const carol = await people.newcomer(archive);
      const carolsCard = await cardOf(carol);
      const watching = bob.start('inbox', '--watch', '--json');
      const send = ['send', '--to', carolsCard, '--to', card, '-', '--json'];
      const sent = await alice.withInput('to you both\n', ...send);
      expect(jsonLines(sent.stdout)[0]).toMatchObject({ status: 'durable', safe: false, crates: [{}, {}] });
      expect(JSON.parse(await watching.nextLine())).toMatchObject({ text: 'to you both' });
      watching.child.kill('SIGINT');
      expect(await watching.finished).toMatchObject({ status: 0, stderr: '' });
      expect(await carol.json('inbox')).toEqual([expect.objectContaining({ text: 'to you both' })]);
    },
    timeoutMs,
  );

  it(
    'that are taken without a receipt are gone, and the sender has no proof',
    async () => {
      const [sent] = await alice.json('send', '--to', card, 'unproved');
      expect(await bob.json('inbox', '--no-receipts')).toEqual([
        expect.objectContaining({ text: 'unproved' }),
      ]);
      expect(await bob.json('inbox')).toEqual([]);
      const status = await alice(
        'status',
        String(sent!['id']),
        '--wait',
        'delivered',
        '--timeout',
        '1m',
        '--json',
      );
      expect(status.status).toBe(1);
      expect(jsonLines(status.stdout)).toEqual([expect.objectContaining({ status: 'discarded' })]);
    },
    timeoutMs,
  );

  it(
    'say who has promised to hold them, and are not delivered before they are fetched',
    async () => {
      const [sent] = await alice.json('send', '--to', card, 'soon', '--copies', '1');
      const message = String(sent!['id']);
      const durable = await alice('status', message, '--wait', 'durable');
      expect(durable).toMatchObject({ status: 0, stderr: '' });
      const [first, recipient, held, ...more] = durable.stdout.trimEnd().split('\n');
      expect(first).toBe(`${message}  durable  signed for by 1 of 1 archive`);
      expect(recipient).toContain('  bob  durable  until 20');
      expect(held).toContain(`held by ${archive.url} since 20`);
      expect(more).toEqual([]);
      const [status] = await alice.json('status', message);
      expect(status).toMatchObject({
        copies: { held: 1, wanted: 1, possible: 1 },
        crates: [{ custody: [{ archive: archive.id, url: archive.url }], pending: [] }],
      });
      const late = await alice('status', message, '--wait', 'delivered', '--timeout', '1s', '--json');
      expect(late.status).toBe(1);
      expect(jsonLines(late.stderr)).toEqual([
        expect.objectContaining({ code: 'request-timeout', status: 'durable' }),
      ]);
      expect(await bob.json('inbox')).toHaveLength(1);
    },
    timeoutMs,
  );

  it(
    'are taken back before somebody has them and not after, and are sent again to those who lack them',
    async () => {
      const [sent] = await alice.json('send', '--to', card, 'a mistake');
      const message = String(sent!['id']);
      expect(await alice('recall', message)).toMatchObject({ status: 0, stdout: `${message}  recalled\n` });
      expect(await bob.json('inbox')).toEqual([]);

      const again = await alice('resend', message);
      expect(again).toMatchObject({ status: 0, stderr: '' });
      expect(again.stdout).toContain(`${message}  durable  signed for by 1 archive`);
      const twice = await alice('resend', message);
      expect(twice).toMatchObject({ status: 0, stdout: again.stdout });
      expect(twice.stderr).toContain('It is on its way');
      expect(await bob.json('inbox')).toEqual([expect.objectContaining({ id: message, text: 'a mistake' })]);
      const late = await alice('recall', message);
      expect(late).toMatchObject({ status: 1, stdout: `${message}  delivered\n` });
      expect(late.stderr).toContain('cannot be taken back');
      expect((await alice('resend', message)).stderr).toContain('Everybody has it');
      expect((await alice('recall', 'A'.repeat(22), '--json')).status).toBe(1);
    },
    timeoutMs,
  );

  it(
    'sent and collected by commands beside each other arrive once each',
    async () => {
      const texts = Array.from({ length: 6 }, (_, i) => `message ${i}`);
      const sent = await Promise.all(texts.map((text) => alice('send', '--to', card, text)));
      expect(sent.map(({ status }) => status)).toEqual(texts.map(() => 0));
      const inboxes = await Promise.all([
        bob('inbox', '--json'),
        bob('inbox', '--json'),
        bob('inbox', '--json'),
      ]);
      // One of them collects; another that comes in between says so.
      for (const { status, stderr } of inboxes)
        if (status !== 0) expect(jsonLines(stderr)[0]).toMatchObject({ code: 'in-use' });
      expect(inboxes.some(({ status }) => status === 0)).toBe(true);
      const received = inboxes.flatMap(({ stdout }) => jsonLines(stdout)).map(({ text }) => text);
      expect(received.sort()).toEqual(texts);
    },
    timeoutMs,
  );

  it(
    'are refused with a code when nobody of that name, or no such message, is known',
    async () => {
      const unknown = await alice('send', '--to', 'nobody', 'hello', '--json');
      expect(unknown.status).toBe(1);
      expect(jsonLines(unknown.stderr)).toEqual([expect.objectContaining({ code: 'contact-unknown' })]);
      const message = await alice('status', 'A'.repeat(22), '--json');
      expect(jsonLines(message.stderr)).toEqual([expect.objectContaining({ code: 'message-unknown' })]);
      const stranger = await alice('send', '--to', archive.id, 'hello', '--json');
      expect(jsonLines(stranger.stderr)).toEqual([
        expect.objectContaining({ code: 'recipient-unreachable' }),
      ]);
      const noCard = await alice('contact', 'add', 'holdfast:nonsense', '--json');
      expect(jsonLines(noCard.stderr)).toEqual([expect.objectContaining({ code: 'card-invalid' })]);
    },
    timeoutMs,
  );

  it(
    'are acknowledged to those who may learn it, later when that is wanted',
    async () => {
      const carol = await people.newcomer(archive);
      const carolsCard = await cardOf(carol);
      const author = await authorOf(alice);
      expect(await carol('contact', 'receipts', 'alice', 'off')).toMatchObject({ status: 1 });
      await carol('contact', 'add', author, 'alice');
      expect(await carol.json('contact', 'receipts', 'alice', 'off')).toEqual([
        { name: 'alice', author, receipts: false },
      ]);
      // Her archives may change, and what she is told does not.
      await carol('contact', 'add', author, 'alice');
      expect(await carol.json('contact', 'list')).toMatchObject([{ name: 'alice', receipts: false }]);
      const [quiet] = await alice.json('send', '--to', carolsCard, 'quietly');
      expect(await carol.json('inbox')).toMatchObject([{ text: 'quietly', name: 'alice' }]);
      expect(await alice.json('status', String(quiet!['id']))).toMatchObject([{ status: 'discarded' }]);

      await carol('contact', 'receipts', 'alice', 'on');
      const watching = carol.start('inbox', '--watch', '--json', '--receipt-delay', '1d');
      const [later] = await alice.json('send', '--to', carolsCard, 'later');
      expect(JSON.parse(await watching.nextLine())).toMatchObject({ text: 'later' });
      watching.child.kill('SIGINT');
      expect(await watching.finished).toMatchObject({ status: 0, stderr: '' });
      expect(await alice.json('status', String(later!['id']))).toMatchObject([{ status: 'durable' }]);
      expect(await carol.json('inbox', '--receipt-delay', '0')).toEqual([]);
      expect(await alice.json('status', String(later!['id']))).toMatchObject([{ status: 'delivered' }]);
      expect(await carol('inbox', '--receipt-delay', '2d')).toMatchObject({ status: 2 });
    },
    timeoutMs,
  );

  it(
    'leave no key, proof or text in what the archive logs, nor keys and proofs in what commands print',
    async () => {
      await alice.json('send', '--to', card, 'between us');
      expect(await bob.json('inbox')).toMatchObject([{ text: 'between us' }]);
      expect((await bob('overlay')).stdout).toContain(`${archive.url}  joined`);
      const secrets = [...secretsOf(alice), ...secretsOf(bob)];
      const printed = [...alice.printed, ...bob.printed].join('');
      const logged = archive.logLines.join('\n');
      // Of each of them: the identity, the node or the mailbox, and more.
      expect(secrets.length).toBeGreaterThan(4);
      expect(secrets.filter((secret) => printed.includes(secret) || logged.includes(secret))).toEqual([]);
      expect(alice.printed.join('')).not.toContain('between us');
      expect(logged).not.toContain('between us');
      // Nor a ticket, a proof, a frame or a crate: the least of them is longer than an id.
      expect(logged).not.toMatch(/[\w-]{80}/);
    },
    timeoutMs,
  );
});
