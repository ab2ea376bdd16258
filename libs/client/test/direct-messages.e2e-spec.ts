/** Two clients who have met over a real archive, and go on writing to each other when it has been killed: by real WebRTC. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import type { Client } from '../src/index.js';
import { People, until, type Person } from './people.js';

let archive: ArchiveProcess;
const people = new People(() => [archive.url]);
const timeoutMs = 300_000;

beforeAll(async () => {
  archive = await bootArchive({ postgres: 'embedded' });
}, timeoutMs);
afterEach(() => people.leaveAll());
afterAll(() => archive.destroy());

interface Reader {
  readonly person: Person;
  readonly client: Client;
  readonly texts: string[];
}

async function reader(): Promise<Reader> {
  const person = await people.person();
  const client = await person.arrive({
    overlay: 'server',
    overlayServesAfterMs: 0,
    directLinks: { bindAddress: '127.0.0.1' },
    patienceMs: 1_000,
  });
  const texts: string[] = [];
  await client.openMailbox();
  void client.inbox(({ text }) => void texts.push(text), { receiptDelayMs: 0 });
  return { person, client, texts };
}

async function deliver(from: Reader, to: Reader, text: string) {
  const { id } = await from.client.send({ to: to.person.author, text });
  const { crates } = await from.client.waitForStatus(id, 'delivered');
  expect(to.texts.at(-1)).toBe(text);
  return crates[0]!;
}

describe('two clients that know each other', () => {
  it(
    'go on writing to each other over a direct link when their only archive has been killed',
    async () => {
      const [alice, bob] = [await reader(), await reader()];
      await deliver(alice, bob, 'hello');
      await deliver(bob, alice, 'hello to you');
      await deliver(alice, bob, 'now we know each other');
      await until(async () => {
        const standings = await Promise.all([alice, bob].map(({ client }) => client.overlay()));
        return standings.every(({ links }) => links > 0);
      });
      await archive.kill9({ database: true });
      expect(await deliver(alice, bob, 'no archive')).toMatchObject({ direct: true, custody: [] });
      expect(await deliver(bob, alice, 'none needed')).toMatchObject({ direct: true, custody: [] });
    },
    timeoutMs,
  );
});
