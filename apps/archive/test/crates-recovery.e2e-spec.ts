/** What an archive has answered "accepted" is still there after it was killed, and after its queue was wiped. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { bootArchive, createTestDatabase, type ArchiveProcess, type TestDatabase } from '@holdfast/testing';
import pg from 'pg';
import { sampleCrate, sampleCrates, sampleMailbox, type SampleCrate } from './crate-samples.js';
import { openRoad } from './road.js';
import { collectFrom, SocketClient } from './socket-client.js';
import { wipeQueue } from './wiped-queue.js';

let archive: ArchiveProcess | undefined;
let database: TestDatabase | undefined;
afterEach(async () => {
  await archive?.destroy();
  await database?.drop();
  archive = database = undefined;
});

async function bootOnOwnDatabase(): Promise<ArchiveProcess> {
  database = await createTestDatabase();
  archive = await bootArchive({ settings: { DATABASE_URL: database.url } });
  return archive;
}

async function administer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: database!.url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Resolves when this many crates that were handed over and not answered are known as such to the table. */
const attemptsNoted = (count: number): Promise<void> =>
  administer(async (client) => {
    const noted = 'select from crate where next_attempt_at is not null';
    while ((await client.query(noted)).rowCount! < count);
  });

async function depositAll(url: string, crates: readonly SampleCrate[]): Promise<void> {
  const { client } = await SocketClient.connect(url);
  const answers = await Promise.all(crates.map((crate) => client.deposit(crate)));
  for (const answer of answers) expect(answer).toMatchObject({ op: 'deposited', status: 'accepted' });
  await client.close();
}

/** Collects and acknowledges until every crate has come. */
async function takeAll(
  url: string,
  mailbox: Awaited<ReturnType<typeof sampleMailbox>>,
  crates: readonly SampleCrate[],
) {
  const { client, n } = await collectFrom(url, mailbox);
  const open = new Map(crates.map((crate) => [crate.id, crate]));
  while (open.size > 0) {
    const { crate } = await client.next('crate', n);
    const sample = open.get(crate);
    if (sample === undefined) continue;
    expect(await client.ack(sample)).toMatchObject({ status: 'delivered' });
    open.delete(crate);
  }
  await client.close();
}

describe('an archive that is killed with its database', () => {
  it('still has every crate that it has accepted', async () => {
    archive = await bootArchive({ postgres: 'embedded' });
    const bob = await sampleMailbox();
    const crates = await sampleCrates(bob.publicKey, 60);
    const { client } = await SocketClient.connect(archive.url);
    const answered: SampleCrate[] = [];
    const asked = crates.map(async (crate) => {
      const answer = await client.deposit(crate).catch(() => undefined);
      if (answer?.op === 'deposited') answered.push(crate);
    });
    await Promise.race(asked);
    await archive.kill9({ database: true });
    await Promise.all(asked);
    expect(answered.length).toBeGreaterThan(0);
    await archive.start();
    await takeAll(archive.url, bob, answered);
  }, 240_000);

  it('still knows how every crate has left', async () => {
    archive = await bootArchive({ postgres: 'embedded' });
    const bob = await sampleMailbox();
    const crates = await sampleCrates(bob.publicKey, 10);
    await depositAll(archive.url, crates);
    await takeAll(archive.url, bob, crates);
    await archive.kill9({ database: true });
    await archive.start();
    const { client } = await SocketClient.connect(archive.url);
    const answer = await client.ask({ op: 'status', crates: crates.map(({ id }) => id) });
    expect(answer).toMatchObject({ statuses: crates.map(({ id }) => ({ crate: id, status: 'delivered' })) });
    expect(await client.deposit(crates[0]!)).toMatchObject({ op: 'error', code: 'crate-gone' });
    await client.close();
  }, 240_000);
});

describe('an archive whose queue was wiped', () => {
  it('while it was down, delivers everything after its next start', async () => {
    const { url, stop, start } = bound(await bootOnOwnDatabase());
    const bob = await sampleMailbox();
    const crates = await sampleCrates(bob.publicKey, 30);
    await depositAll(url, crates);
    // Handed over and not answered, so that a wake waits in the queue and attempts stand in the table.
    const { client, n } = await collectFrom(url, bob);
    for (let i = 0; i < crates.length; i++) await client.next('crate', n);
    await attemptsNoted(crates.length);
    await client.close();
    await stop();
    await administer(wipeQueue);
    await start();
    await takeAll(url, bob, crates);
  });

  it('while it ran, tries unanswered crates again and hands over new ones', async () => {
    const { url } = await bootOnOwnDatabase();
    const bob = await sampleMailbox();
    const [first, second] = await sampleCrates(bob.publicKey, 2);
    const { client, n } = await collectFrom(url, bob);
    await depositAll(url, [first!]);
    expect(await client.next('crate', n)).toMatchObject({ crate: first!.id });
    await attemptsNoted(1);
    await administer(wipeQueue);
    await depositAll(url, [second!]);
    // The first comes again where all this has taken long.
    let next = first!.id;
    while (next === first!.id) next = (await client.next('crate', n)).crate;
    expect(next).toBe(second!.id);
    await attemptsNoted(2);
    // The wake for another attempt went with the schema: the sweep finds it in the table.
    const makeDue = 'update crate set next_attempt_at = now() where next_attempt_at is not null';
    await administer((admin) => admin.query(makeDue));
    // Its own wake may hand the second over once more before the sweep finds the first.
    for (const missing = new Set([first!.id, second!.id]); missing.size > 0;)
      missing.delete((await client.next('crate', n)).crate);
    await client.close();
  });
});

describe('an archive whose database goes away', () => {
  it('answers that it is unavailable, and takes the same crate in when the database is back', async () => {
    database = await createTestDatabase();
    const road = await openRoad(database.url);
    archive = await bootArchive({ settings: { DATABASE_URL: road.url } });
    const crate = await sampleCrate((await sampleMailbox()).publicKey);
    const { client } = await SocketClient.connect(archive.url);
    road.block();
    expect(await client.deposit(crate)).toMatchObject({ op: 'error', code: 'unavailable', retryable: true });
    road.clear();
    expect(await client.deposit(crate)).toMatchObject({ op: 'deposited', status: 'accepted' });
    await client.close();
    await archive.stop();
    await road.close();
  });
});

/** The methods of an archive as functions. */
function bound(process: ArchiveProcess) {
  return { url: process.url, stop: () => process.stop(), start: () => process.start() };
}
