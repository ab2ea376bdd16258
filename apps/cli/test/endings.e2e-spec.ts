/** What senders and readers are told when an archive is full, and when messages end without a proof. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { jsonLines, type Command } from './command.js';
import { authorOf, cardOf, People } from './people.js';

const timeoutMs = 240_000;
const people = new People();
let archive: ArchiveProcess;
let alice: Command;
let bob: Command;
let carol: Command;

beforeAll(async () => {
  // One of the largest crates at once, and a small one more than an hour after it.
  archive = await bootArchive({ settings: { HOLDFAST_DEPOSIT_BYTES_PER_MINUTE: '60' } });
  [alice, bob, carol] = [
    await people.newcomer(archive),
    await people.newcomer(archive),
    await people.newcomer(archive),
  ];
  await alice('contact', 'add', await cardOf(bob), 'bob');
  await alice('contact', 'add', await cardOf(carol), 'carol');
  await bob('contact', 'add', await authorOf(carol), 'carol');
}, timeoutMs);
afterAll(async () => {
  people.leaveAll();
  await archive.destroy();
}, timeoutMs);

describe('messages', () => {
  it(
    'name their recipients to the sender and to each other',
    async () => {
      const [sent] = await alice.json('send', '--to', 'bob', '--to', 'carol', 'to you both', '--copies', '1');
      const message = String(sent!['id']);
      expect(sent!['crates']).toEqual([
        expect.objectContaining({ name: 'bob' }),
        expect.objectContaining({ name: 'carol' }),
      ]);
      expect((await bob('inbox', '--no-receipts')).stdout).toContain(
        `${await authorOf(alice)} (also to carol)  to you both\n`,
      );
      const status = await alice('status', message);
      expect(status.stdout).toContain('\n  bob  discarded\n  carol  durable  until 20');
      expect(status.stderr).toContain(`"holdfast resend ${message}" sends it again`);
      expect(await carol.json('inbox')).toHaveLength(1);
      const recalled = await alice('recall', message);
      expect(recalled).toMatchObject({ status: 1 });
      expect(recalled.stderr).toContain('cannot be taken back');
    },
    timeoutMs,
  );

  it(
    'expire when their sender says, in whole hours of at most 30 days',
    async () => {
      const [sent] = await alice.json('send', '--to', 'bob', 'for today', '--expires', '90m');
      const [{ expiresAt }] = sent!['crates'] as [{ expiresAt: number }];
      expect(expiresAt).toBeLessThanOrEqual(Number(sent!['sentAt']) + 3 * 3600);
      expect(await alice('send', '--to', 'bob', 'for ever', '--expires', '31d')).toMatchObject({ status: 2 });
    },
    timeoutMs,
  );

  it(
    'that no archive has room for say which quota and until when, at once, and wait in the home folder',
    async () => {
      // It pads its crate to the largest size, for which there is room only while nothing else has come.
      const refused = await alice.withInput(
        'all at once '.repeat(30_000),
        'send',
        '--to',
        'bob',
        '-',
        '--timeout',
        '1h',
        '--json',
      );
      const [error] = jsonLines(refused.stderr);
      expect(error).toMatchObject({
        code: 'quota-exceeded',
        quota: 'depositor-bytes',
        url: archive.url,
        until: expect.any(Number),
        detail: expect.stringContaining('too much has come from your network'),
      });
      const status = await alice('status', String(error!['message']));
      expect(status.stdout).toContain('(quota-exceeded: depositor-bytes), next attempt at 20');
    },
    timeoutMs,
  );
});
