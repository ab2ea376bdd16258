/** The receipts log over both doors of a real archive. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { hourNow, sampleCrate, sampleMailbox, text } from './crate-samples.js';
import { SocketClient } from './socket-client.js';

let archive: ArchiveProcess;

beforeAll(async () => {
  archive = await bootArchive();
});

afterAll(() => archive.destroy());

describe('the receipts log', () => {
  const read = async (query: string) => {
    const response = await fetch(`${archive.url}/v1/receipts${query}`);
    return { response, body: (await response.json()) as Record<string, unknown> };
  };

  it('has what has left, the same over both doors', async () => {
    const crate = await sampleCrate((await sampleMailbox()).publicKey);
    const { client } = await SocketClient.connect(archive.url);
    const before = hourNow();
    await client.deposit(crate);
    await client.ack(crate);
    const shard = Buffer.from(crate.id, 'base64url').toString('hex').slice(0, 4);
    // The hour may have turned meanwhile.
    const answers = [];
    for (const epoch of new Set([before, hourNow()])) {
      const frame = await client.ask({ op: 'receipts', epoch, shard });
      const { response, body } = await read(`?epoch=${epoch}&shard=${shard}`);
      expect({ ...body, op: 'released', n: (frame as { n: number }).n }).toEqual(frame);
      expect(response.headers.get('cache-control')).toBe('public, max-age=1');
      answers.push(...(body['entries'] as unknown[]));
    }
    expect(answers).toEqual([{ crate: crate.id, status: 'delivered', proof: text(crate.ackSecret) }]);
    await client.close();
  });

  it('may be kept longer by caches where it is over', async () => {
    const { response, body } = await read('?epoch=1');
    expect(body).toMatchObject({ epoch: 1, shard: '', entries: [], more: false });
    expect(body['next']).toBeGreaterThan(1);
    expect(response.headers.get('cache-control')).toBe('public, max-age=60');
  });

  it.each(['?shard=12345', '?shard=A', '?epoch=-1', '?epoch=soon', '?epoch=1&epoch=2', '?hour=1'])(
    'refuses %s',
    async (query) => {
      expect((await read(query)).body).toMatchObject({ code: 'request-malformed', status: 400 });
    },
  );

  it('is read by very many at once, in hours and shards that nobody needs', async () => {
    const hours = [0, 1, hourNow() - 800, hourNow(), hourNow() + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
    const shards = ['', '0', 'ff', '0af', 'ffff'];
    const queries = hours.flatMap((epoch) => shards.map((shard) => `?epoch=${epoch}&shard=${shard}`));
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => queries)
        .flat()
        .map((query) => read(query)),
    );
    for (const { response, body } of answers) {
      // One that waits behind too many others may be told to come again.
      if (response.status === 503) expect(body).toMatchObject({ code: 'overloaded', retryable: true });
      else expect([response.status, body['now']]).toEqual([200, expect.any(Number)]);
    }
    const crate = await sampleCrate((await sampleMailbox()).publicKey);
    const { client } = await SocketClient.connect(archive.url);
    await client.deposit(crate);
    expect(await client.ack(crate)).toMatchObject({ status: 'delivered' });
    await client.close();
  });
});
