/** Two real archives, of which one keeps only some collections: what a client asks each of them. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import type { Client } from '../src/index.js';
import { People } from './people.js';

let [notes, whole]: ArchiveProcess[] = [];
const people = new People(() => [notes!.url, whole!.url]);

beforeAll(async () => {
  [notes, whole] = await Promise.all([
    bootArchive({ settings: { HOLDFAST_SCOPE_COLLECTIONS: 'notes' } }),
    bootArchive(),
  ]);
});

/** Resolves when both archives have said what they keep. */
async function met(client: Client): Promise<Client> {
  while (client.archives.some(({ state }) => state.name !== 'open')) {
    await new Promise<void>((resolve) => {
      const stop = client.on('connection', () => {
        stop();
        resolve();
      });
    });
  }
  return client;
}

afterEach(() => people.leaveAll());

afterAll(() => Promise.all([notes!.destroy(), whole!.destroy()]));

describe('an archive that keeps only some collections', () => {
  it('says so, is given what it keeps, and is passed over for the rest', async () => {
    const begun = Math.floor(Date.now() / 1000);
    const alice = await people.person();
    const client = await met(await alice.arrive());
    const note = await client.publish({ collection: 'notes', body: 'kept by both' });
    const talk = await client.publish({ collection: 'talks', body: 'kept by one' });
    expect([note.archive, talk.archive]).toEqual([notes!.id, whole!.id]);
    expect(client.archives.map(({ state }) => state)).toMatchObject([
      { scope: { collections: ['notes'] }, horizon: expect.any(Number) },
      { scope: {}, horizon: expect.any(Number) },
    ]);

    const talks = await client.query({ collection: 'talks', since: begun });
    expect(talks).toMatchObject({
      complete: true,
      records: [{ id: talk.id }],
      tried: [{ url: whole!.url }],
    });
    expect(await client.query({ collection: 'notes', since: begun })).toMatchObject({
      complete: true,
      records: [{ id: note.id }],
      source: { archive: notes!.id },
    });
    // Of before they were made neither claims anything.
    expect(await client.query({ collection: 'talks' })).toMatchObject({ complete: false });
  });

  it('is not enough for a client that publishes something else, which is told what it keeps', async () => {
    const alice = await people.person();
    const client = await alice.arrive({ archives: [notes!.url] });
    await expect(client.publish({ collection: 'talks', body: 'kept by none' })).rejects.toMatchObject({
      code: 'record-out-of-scope',
      message: expect.stringContaining(`${notes!.url} keeps {"collections":["notes"]}`),
    });
    // What the system itself uses is kept everywhere.
    await expect(client.openMailbox()).resolves.toMatchObject({ mailbox: expect.any(String) });
  });
});
