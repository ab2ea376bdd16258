/** Records against a real archive that is stopped and killed under the client. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk, type HoldfastRecord } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { createClient, memoryStorage, type Client, type RecordFollow } from '../src/index.js';

let archive: ArchiveProcess;
const clients: Client[] = [];

async function clientOf(identity = generatePrivateJwk()): Promise<Client> {
  const client = createClient({
    archives: [archive.url],
    identity: await identity,
    storage: memoryStorage(),
  });
  clients.push(client);
  return client;
}

beforeAll(async () => {
  archive = await bootArchive();
}, 120_000);

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

afterAll(() => archive.destroy());

async function take(follow: RecordFollow, count: number): Promise<HoldfastRecord[]> {
  const records: HoldfastRecord[] = [];
  while (records.length < count) {
    const { done, value } = await follow.next();
    if (done === true) break;
    records.push(value);
  }
  return records;
}

describe('records and a real archive', () => {
  it('publishes, gets and queries', async () => {
    const alice = await clientOf();
    const receipt = await alice.publish({ collection: 'notes', body: { text: 'kelp' }, topics: ['sea'] });
    expect(receipt).toMatchObject({ status: 'stored', archive: archive.id });
    const local = await alice.get(receipt.id);
    expect(local.source).toEqual({ kind: 'local' });

    const bob = await clientOf();
    const found = await bob.get(receipt.id);
    expect(found.source).toEqual({ kind: 'archive', archive: archive.id, url: archive.url });
    expect(found.record.body).toEqual({ text: 'kelp' });
    expect(found.tried).toEqual([
      { place: 'local', code: 'record-not-found' },
      { place: 'archive', url: archive.url },
    ]);
    const page = await bob.query({ author: alice.author!, topic: 'sea' });
    expect(page.records.map(({ id }) => id)).toEqual([receipt.id]);
  });
});
