import { afterEach, describe, expect, it } from '@jest/globals';
import { signRecord } from '@holdfast/protocol';
import { Coast, idOf, lasting, newAuthor, numbered } from '../../test/coast.js';

const coast = new Coast();
afterEach(() => coast.leaveAll());

const now = (): number => Math.floor(Date.now() / 1000);

describe('reading from archives that need not be trusted', () => {
  it('never hands out what does not verify, and says who sent it', async () => {
    const [archive] = coast.archives(1);
    const key = await newAuthor();
    const [asked, other] = [await numbered(key, 1), await numbered(key, 2)];
    const forged = `${asked.jws.slice(0, -8)}AAAAAAAA`;
    const { client, problems } = await coast.client([archive]);
    for (const record of [forged, other.jws, 'rubbish']) {
      archive.handlers.get = ({ n }, say) => say({ op: 'record', n, record });
      await expect(client.get(asked.id)).rejects.toMatchObject({ code: 'answer-invalid' });
    }
    archive.handlers.query = ({ n }, say) =>
      say({ op: 'page', n, records: [forged, other.jws, 'rubbish', asked.jws] });
    const foreign = await client.query({ author: (await newAuthor()).publicKey });
    expect(foreign.records).toEqual([]);
    const page = await client.query({ author: key.publicKey });
    expect(page.records.map(({ body }) => body)).toEqual([2, 1]);
    expect(new Set(problems.map(({ code, url }) => `${code} ${url}`))).toEqual(
      new Set([`answer-invalid ${archive.url}`]),
    );
  });

  it('leaves out what has expired on its way without a word', async () => {
    const [archive] = coast.archives(1);
    const key = await newAuthor();
    const short = await signRecord(
      { collection: 'numbers', body: 0, iat: now() - 20, exp: now() - 10 },
      key,
      now() - 15,
    );
    archive.log.push(short, await numbered(key, 1));
    const { client, problems } = await coast.client([archive]);
    expect((await client.query({})).records.map(({ body }) => body)).toEqual([1]);
    expect(problems).toEqual([]);
  });

  it('refuses an answer of another kind than was asked for', async () => {
    const [archive] = coast.archives(1);
    archive.handlers.get = ({ n }, say) => say({ op: 'page', n, records: [] });
    const { client } = await coast.client([archive]);
    await expect(client.get(idOf(9))).rejects.toMatchObject({ code: 'answer-invalid' });
  });
});

describe('several archives', () => {
  it('are asked in turn, and the answer says what was tried', async () => {
    const archives = coast.archives(3);
    const record = await numbered(await newAuthor(), 1);
    archives[2].log.push(record);
    archives[0].isDown = true;
    const { client } = await coast.client(archives, { patienceMs: 50 });
    const found = await client.get(record.id);
    expect(found).toMatchObject({
      source: { kind: 'archive', archive: archives[2].id },
      tried: [
        { place: 'local', code: 'record-not-found' },
        { url: archives[0].url, code: 'archive-unreachable' },
        { url: archives[1].url, code: 'record-not-found' },
        { url: archives[2].url },
      ],
    });
    await expect(client.get(idOf(9))).rejects.toMatchObject({
      code: 'record-not-found',
      data: { tried: expect.stringContaining(`${archives[0].url}: archive-unreachable`) },
    });
  });

  it('are asked beside a silent one, whose late answer no longer counts', async () => {
    const archives = coast.archives(2);
    const record = await numbered(await newAuthor(), 1);
    archives[1].log.push(record);
    archives[0].handlers.get = () => undefined;
    const { client } = await coast.client(archives);
    expect(await client.get(record.id)).toMatchObject({ source: { archive: archives[1].id } });
  });

  it('have pages of their own: the next one is asked where the first came from', async () => {
    const archives = coast.archives(2);
    const key = await newAuthor();
    const records = await Promise.all([1, 2, 3].map((n) => numbered(key, n)));
    archives[0].isDown = true;
    archives[1].handlers.query = ({ n, filter }, say) => {
      const at = Number(filter.cursor ?? 0);
      say({ op: 'page', n, records: [records[at]!.jws], ...(at < 2 ? { cursor: String(at + 1) } : {}) });
    };
    const { client } = await coast.client(archives, { patienceMs: 50 });
    const found: unknown[] = [];
    for await (const { body } of client.queryAll({ limit: 1 })) {
      found.push(body);
      archives[0].isDown = false;
    }
    expect(found).toEqual([1, 2, 3]);
    expect(archives[0].requests).toEqual([]);
    // A client that has not met the archive yet asks it, too.
    const newcomer = await coast.client(archives);
    const [last] = (await newcomer.client.query({ limit: 1, cursor: `${archives[1].id}.2` })).records;
    expect(last?.body).toBe(3);
  });
});

describe('a record that still waits for an archive', () => {
  it('is read from where it is kept, also by the next client; via archives alone it is not', async () => {
    const [archive] = coast.archives(1);
    const storage = lasting();
    archive.isDown = true;
    const record = await numbered(await newAuthor(), 1);
    const { client } = await coast.client([archive], { storage });
    const leaving = new AbortController();
    const publishing = client.publishSigned(record.jws, { signal: leaving.signal });
    const refused = expect(publishing).rejects.toMatchObject({
      code: 'aborted',
      data: { record: record.id },
    });
    while ((await storage.list('outbox/record/')).length === 0) await new Promise(setImmediate);
    leaving.abort();
    await refused;
    await client.close();

    const later = await coast.client([archive], { storage });
    expect(await later.client.get(record.id)).toMatchObject({ record, source: { kind: 'local' } });
    const viaArchive = later.client.get(record.id, { via: ['archive'] });
    await expect(viaArchive).rejects.toMatchObject({ code: 'archive-unreachable' });
    const unknown = later.client.get(idOf(9), { via: ['local'] });
    await expect(unknown).rejects.toMatchObject({ code: 'record-not-found' });
  });
});
