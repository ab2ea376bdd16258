/** A recipient whose process is killed without warning at every moment of a message: what its application sees (P4). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PrivateJwk } from '@holdfast/protocol';
import { fileStorage } from '../src/node.js';
import { createClient, type Client } from '../src/index.js';
import { People } from './people.js';

const program = fileURLToPath(new URL('inbox-until-killed.mjs', import.meta.url));
let archive: ArchiveProcess;
let folder: string;
const people = new People(() => [archive.url]);

beforeAll(async () => {
  archive = await bootArchive();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-recipient-'));
});

afterEach(async () => {
  await people.leaveAll();
  await rm(folder, { recursive: true });
});

afterAll(() => archive.destroy());

interface Handled {
  readonly begun: number;
  readonly succeeded: number;
}

const exactlyOnce: Handled = { begun: 1, succeeded: 1 };

/** Runs the recipient's program, and answers how it ended. */
async function collect(
  identity: PrivateJwk,
  moment = '',
  fatal = '',
): Promise<NodeJS.Signals | number | null> {
  const words = [program, archive.url, folder, JSON.stringify(identity), moment, fatal];
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
}

/** How often the handler has begun, and has succeeded, with each of the messages. */
async function handled(ids: readonly string[]): Promise<Handled[]> {
  const lines = (await readFile(join(folder, 'log'), 'utf8')).trimEnd().split('\n');
  const times = (line: string): number => lines.filter((one) => one === line).length;
  return ids.map((id) => ({ begun: times(`begun ${id}`), succeeded: times(`succeeded ${id}`) }));
}

/** Sends three messages to a recipient who is away, one after the other, so that they are offered in that order. */
async function threeMessages(): Promise<{ recipient: PrivateJwk; sender: Client; ids: string[] }> {
  const { identity: recipient } = await people.person();
  const storage = await fileStorage(join(folder, 'store'));
  const mailbox = createClient({ archives: [archive.url], identity: recipient, storage });
  await mailbox.openMailbox();
  await mailbox.close();
  const sender = await people.visitor();
  const ids: string[] = [];
  for (const text of ['first', 'second', 'third']) {
    const { id } = await sender.send({ to: recipient.x, text });
    await sender.waitForStatus(id, 'accepted');
    ids.push(id);
  }
  return { recipient, sender, ids };
}

describe('a recipient that is killed at one of its messages', () => {
  it.each<[string, string, Handled]>([
    ['is handed it once', 'before the handler', exactlyOnce],
    ['is handed it again, for it had not succeeded', 'within the handler', { begun: 2, succeeded: 1 }],
    ['is handed it again although it had succeeded', 'before the note', { begun: 2, succeeded: 2 }],
    ['is handed it once, though the archive offers it again', 'after the note', exactlyOnce],
  ])('%s when it dies %s, and every other message once', async (_what, moment, expected) => {
    const { recipient, sender, ids } = await threeMessages();
    const [first, fatal, third] = ids as [string, string, string];
    expect(await collect(recipient, moment, fatal)).toBe('SIGKILL');
    expect((await handled([third]))[0]).toEqual({ begun: 0, succeeded: 0 });
    expect((await sender.askStatus(fatal)).status.status).toBe('durable');

    expect(await collect(recipient)).toBe(0);
    expect(await handled([first, fatal, third])).toEqual([exactlyOnce, expected, exactlyOnce]);
    for (const id of ids) expect((await sender.waitForStatus(id, 'delivered')).status).toBe('delivered');

    expect(await collect(recipient)).toBe(0);
    expect(await handled([first, fatal, third])).toEqual([exactlyOnce, expected, exactlyOnce]);
    const books = await fileStorage(join(folder, 'books'));
    expect(await books.get('count')).toBe('3');
    await books.close();
  });
});
