import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { alice, bob, retractionOf, sampleRecord, sampleRecords, secondsNow } from './record-samples.js';
import { SocketClient } from './socket-client.js';

let archive: ArchiveProcess;
beforeAll(async () => (archive = await bootArchive()));
afterAll(() => archive.destroy());

const recordsUrl = (rest = '') => `${archive.url}/v1/records${rest}`;

async function post(lines: readonly string[], type = 'application/x-ndjson') {
  const answer = await fetch(recordsUrl(), {
    method: 'POST',
    headers: { 'content-type': type },
    body: lines.join('\n'),
  });
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
  return (await answer.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('POST /v1/records', () => {
  it('answers a result a line, in the order of the lines', async () => {
    const records = await sampleRecords(200);
    const lines = records.map(({ jws }) => jws);
    const answers = await post([...lines, 'nonsense', lines[0]!]);
    expect(answers).toHaveLength(202);
    expect(answers.slice(0, 200)).toEqual(records.map(({ id }) => ({ id, status: 'stored' })));
    expect(answers[200]).toMatchObject({ status: 'refused', code: 'record-malformed', retryable: false });
    expect(answers[201]).toEqual({ id: records[0]!.id, status: 'known' });
  });

  it('takes a single record with its own content type', async () => {
    const { jws, id } = await sampleRecord();
    expect(await post([jws], 'application/jose')).toEqual([{ id, status: 'stored' }]);
  });
});

describe('GET /v1/records/{id}', () => {
  it('answers the record as it was signed, and 304 to those who have it', async () => {
    const { jws, id } = await sampleRecord();
    await post([jws]);
    const answer = await fetch(recordsUrl(`/${id}`));
    expect(answer.headers.get('content-type')).toBe('application/jose');
    expect(answer.headers.get('cache-control')).toMatch(/^public, max-age=\d+, immutable$/);
    expect(await answer.text()).toBe(jws);
    const etag = answer.headers.get('etag')!;
    expect((await fetch(recordsUrl(`/${id}`), { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  it('lets caches keep a record no longer than it lasts', async () => {
    const { jws, id } = await sampleRecord({ exp: secondsNow() + 600 });
    await post([jws]);
    const answer = await fetch(recordsUrl(`/${id}`));
    const maxAge = Number(/max-age=(\d+)/.exec(answer.headers.get('cache-control')!)![1]);
    expect(maxAge).toBeLessThanOrEqual(600);
  });

  it('answers 410 once it is retracted, also to those who have it', async () => {
    const record = await sampleRecord();
    await post([record.jws, (await retractionOf([record])).jws]);
    const answer = await fetch(recordsUrl(`/${record.id}`), {
      headers: { 'if-none-match': `"${record.id}"` },
    });
    expect(answer.status).toBe(410);
    expect(await answer.json()).toMatchObject({ code: 'record-retracted' });
  });
});

describe('GET /v1/records', () => {
  it('pages through what matches, as the WebSocket does', async () => {
    const records = await sampleRecords(7, { collection: 'paged', topics: ['t'] });
    await post(records.map(({ jws }) => jws));
    const found: string[] = [];
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const more: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = (await (
        await fetch(recordsUrl(`?collection=paged&author=${alice.publicKey}&topic=t&limit=3${more}`))
      ).json()) as { records: string[]; cursor?: string };
      found.push(...page.records);
      cursor = page.cursor;
    }
    expect(new Set(found)).toEqual(new Set(records.map(({ jws }) => jws)));
    expect(found).toHaveLength(7);
    const { client } = await SocketClient.connect(archive.url);
    expect(await client.ask({ op: 'query', filter: { collection: 'paged' } })).toMatchObject({
      op: 'page',
      records: found,
    });
    await client.close();
  });
});

describe('a follow', () => {
  it('goes on after kill -9 at its cursor, without loss and without repeats', async () => {
    const filter = { author: bob.publicKey };
    const records = await Promise.all(
      Array.from({ length: 60 }, () => sampleRecord({ collection: 'followed' }, bob)),
    );
    const followed: string[] = [];
    let cursor: string | undefined;
    for (let round = 0; round < 3; round++) {
      const { client } = await SocketClient.connect(archive.url);
      const n = client.send({ op: 'follow', filter, ...(cursor === undefined ? {} : { cursor }) });
      cursor = (await client.next('caught-up', n)).cursor;
      await post(records.slice(round * 20, round * 20 + 20).map(({ jws }) => jws));
      while (followed.length < round * 20 + 10) {
        const { entries } = await client.next('entries', n);
        followed.push(...entries.map(({ record }) => record));
        cursor = entries.at(-1)!.cursor;
      }
      await archive.kill9();
      await archive.start();
    }
    const { client } = await SocketClient.connect(archive.url);
    const n = client.send({ op: 'follow', filter, cursor });
    while (followed.length < records.length) {
      followed.push(...(await client.next('entries', n)).entries.map(({ record }) => record));
    }
    await client.next('caught-up', n);
    expect(followed).toHaveLength(records.length);
    expect(new Set(followed)).toEqual(new Set(records.map(({ jws }) => jws)));
    await client.close();
  });
});
