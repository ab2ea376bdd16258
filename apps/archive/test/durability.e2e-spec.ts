import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HoldfastRecord } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import pg from 'pg';
import { sampleRecords } from './record-samples.js';
import { SocketClient } from './socket-client.js';

/** Publishes all of them, 64 in flight, until the archive goes away. Answers those that were acknowledged. */
async function publishUntilTheEnd(
  url: string,
  records: readonly HoldfastRecord[],
  onStored: (count: number) => void,
) {
  const { client } = await SocketClient.connect(url);
  const stored: HoldfastRecord[] = [];
  let next = 0;
  const publishInTurn = async () => {
    for (let record = records[next++]; record !== undefined; record = records[next++]) {
      const answer = await client.ask({ op: 'publish', record: record.jws });
      expect(answer).toMatchObject({ op: 'published', id: record.id });
      stored.push(record);
      onStored(stored.length);
    }
  };
  await Promise.allSettled(Array.from({ length: 64 }, publishInTurn));
  return stored;
}

async function missingAt(url: string, records: readonly HoldfastRecord[]): Promise<string[]> {
  const { client } = await SocketClient.connect(url);
  const missing: string[] = [];
  for (const { id, jws } of records) {
    const answer = await client.ask({ op: 'get', id });
    if (answer.op !== 'record' || answer.record !== jws) missing.push(id);
  }
  await client.close();
  return missing;
}

describe('a record that was answered as stored', () => {
  it.each([
    ['the archive', false],
    ['the archive and its database', true],
  ])('is there after kill -9 of %s', async (_what, database) => {
    const archive = await bootArchive({ postgres: 'embedded' });
    try {
      const records = await sampleRecords(3000);
      let killed: Promise<void> | undefined;
      const stored = await publishUntilTheEnd(archive.url, records, (count) => {
        if (count === 700) killed = archive.kill9({ database });
      });
      await killed;
      expect(stored.length).toBeGreaterThanOrEqual(700);
      expect(stored.length).toBeLessThan(records.length);
      await archive.start();
      expect(await missingAt(archive.url, stored)).toEqual([]);
      const again = await publishUntilTheEnd(archive.url, records, () => undefined);
      expect(again).toHaveLength(records.length);
    } finally {
      await archive.destroy();
    }
  });
});

describe('an archive whose database is gone for a while', () => {
  let archive: ArchiveProcess;
  let admin: pg.Client;
  let name: string;

  beforeAll(async () => {
    archive = await bootArchive();
    admin = new pg.Client({ connectionString: process.env['HOLDFAST_TEST_DATABASE_URL'] });
    await admin.connect();
    name = new URL(archive.databaseUrl).pathname.slice(1);
  });

  afterAll(async () => {
    await admin.end();
    await archive.destroy();
  });

  it('answers that it is unavailable, keeps its connections, and stores again afterwards', async () => {
    const { client } = await SocketClient.connect(archive.url);
    const [before, during, after] = await sampleRecords(3);
    const follow = client.send({ op: 'follow', filter: {} });
    await client.next('caught-up', follow);
    expect(await client.ask({ op: 'publish', record: before!.jws })).toMatchObject({ status: 'stored' });
    await admin.query(`alter database ${name} allow_connections false`);
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [name]);
    for (const request of [
      { op: 'publish', record: during!.jws },
      { op: 'query', filter: {} },
    ]) {
      expect(await client.ask(request)).toMatchObject({ op: 'error', code: 'unavailable', retryable: true });
    }
    await admin.query(`alter database ${name} allow_connections true`);
    expect(await client.ask({ op: 'publish', record: during!.jws })).toMatchObject({ status: 'stored' });
    expect(await client.ask({ op: 'publish', record: after!.jws })).toMatchObject({ status: 'stored' });
    const followed: string[] = [];
    while (followed.length < 3) {
      followed.push(...(await client.next('entries', follow)).entries.map(({ record }) => record));
    }
    expect(followed).toEqual([before, during, after].map((record) => record!.jws));
    await client.close();
  });
});
