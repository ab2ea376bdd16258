/**
 * One person writes to another who is away, and in the middle the archive and its database are killed. The messages
 * wait; the recipient comes back and collects them; the sender sees every one delivered.
 */
import type { Client } from '@holdfast/client';
import type { ArchiveProcess } from '@holdfast/testing';
import type { Person } from './stage.js';

const sendingAtOnce = 4;

export interface SentCrates {
  readonly sent: number;
  readonly delivered: number;
  /** Messages that the recipient's application saw more than once, or in another wording than they were sent in. */
  readonly repeated: number;
  readonly acceptedBeforeKill: number;
  readonly cratesPerSecond: number;
  readonly secondsToRestart: number;
}

export async function sendCrates(
  archive: ArchiveProcess,
  sender: Client,
  recipient: Person,
  count: number,
  say: (line: string) => void,
): Promise<SentCrates> {
  const accepted = { count: 0, startedAt: performance.now(), beforeKill: 0, perSecond: 0 };
  const texts = Array.from({ length: count }, (_, number) => `message ${number} of ${count}`).values();
  const messages: string[] = [];
  let restarted: Promise<number> | undefined;
  const work = async () => {
    for (const text of texts) {
      const { id } = await sender.send({ to: recipient.author, text });
      messages.push(id);
      await sender.waitForStatus(id, 'accepted');
      accepted.count++;
      if (accepted.count >= count / 2 && restarted === undefined) {
        accepted.beforeKill = accepted.count;
        accepted.perSecond = (accepted.count * 1000) / (performance.now() - accepted.startedAt);
        say(`kill -9: the archive and its PostgreSQL, after ${accepted.count} of ${count} messages`);
        restarted = killAndRestart(archive);
      }
    }
  };
  await Promise.all(Array.from({ length: sendingAtOnce }, work));
  const secondsToRestart = (await restarted) ?? 0;
  say('the archive is back on the same data; the recipient comes and collects');
  const repeated = await collect(recipient, count);
  const statuses = await Promise.all(messages.map((id) => sender.waitForStatus(id, 'delivered')));
  return {
    sent: messages.length,
    delivered: statuses.filter(({ status }) => status === 'delivered').length,
    repeated,
    acceptedBeforeKill: accepted.beforeKill,
    cratesPerSecond: accepted.perSecond,
    secondsToRestart,
  };
}

async function killAndRestart(archive: ArchiveProcess): Promise<number> {
  await archive.kill9({ database: true });
  const startedAt = performance.now();
  await archive.start();
  return (performance.now() - startedAt) / 1000;
}

/** Collects until everything was seen, and then once more: whatever comes again then is a repetition. */
async function collect(recipient: Person, count: number): Promise<number> {
  const texts = new Map<string, string>();
  let seen = 0;
  const done = new AbortController();
  const patience = setTimeout(() => done.abort(), 120_000);
  const client = await recipient.connect();
  await client.inbox(
    ({ id, text }) => {
      seen++;
      texts.set(id, text);
      if (texts.size === count) done.abort();
    },
    { signal: done.signal },
  );
  clearTimeout(patience);
  await client.close();
  const again = await recipient.connect();
  await again.inbox(() => void seen++, { watch: false });
  await again.close();
  return seen - new Set(texts.values()).size;
}
