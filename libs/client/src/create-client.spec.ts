import { afterEach, describe, expect, it } from '@jest/globals';
import {
  crateIdOf,
  decodeBase64url,
  encodeBase64url,
  generatePrivateJwk,
  makeCardBody,
  signingKeyFromJwk,
  signRecord,
  type CrateStatus,
  type HoldfastRecord,
  type RecordPayload,
  type SigningKey,
} from '@holdfast/protocol';
import { generateMailboxKeys, openCrate } from '@holdfast/protocol/sealing';
import { ScriptedArchive } from '../test/scripted-archive.js';
import { createClient, memoryStorage, type Client, type ClientOptions, type Problem } from './index.js';

const clients: Client[] = [];
const idOf = (fill: number): string => encodeBase64url(new Uint8Array(32).fill(fill));
const now = (): number => Math.floor(Date.now() / 1000);

afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

async function alice(): Promise<SigningKey> {
  return signingKeyFromJwk(await generatePrivateJwk());
}

const sign = (by: SigningKey, n: number, more: Partial<RecordPayload> = {}): Promise<HoldfastRecord> =>
  signRecord({ collection: 'numbers', body: n, iat: now(), ...more }, by, now());

function archivesOf(count: number): ScriptedArchive[] {
  return Array.from(
    { length: count },
    (_, i) => new ScriptedArchive(idOf(i + 1), `http://archive-${i}.test`),
  );
}

function clientOf(archives: readonly ScriptedArchive[], options: Partial<ClientOptions> = {}) {
  const client = createClient({
    archives: archives.map(({ url }) => url),
    storage: memoryStorage(),
    openSocket: ScriptedArchive.network(...archives),
    ...options,
  });
  const problems: Problem[] = [];
  client.on('problem', (problem) => problems.push(problem));
  clients.push(client);
  return { client, problems };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('addresses of archives', () => {
  it.each([
    ['none', []],
    ['no URL', ['archive']],
    ['another protocol', ['ftp://archive.test']],
    ['a user', ['http://me@archive.test']],
    ['a query', ['http://archive.test/?a']],
    ['one twice', ['http://archive.test', 'http://archive.test/']],
  ])('are refused: %s', (_flaw, archives) => {
    expect(() => createClient({ archives, storage: memoryStorage() })).toThrow(
      expect.objectContaining({ code: 'settings-invalid' }),
    );
  });
});

describe('reading from archives that need not be trusted', () => {
  it('never hands out what does not verify, and says who sent it', async () => {
    const [archive] = archivesOf(1) as [ScriptedArchive];
    const key = await alice();
    const [asked, other] = [await sign(key, 1), await sign(key, 2)];
    const forged = `${asked.jws.slice(0, -2)}AA`;
    const { client, problems } = clientOf([archive]);
    for (const record of [forged, other.jws, 'rubbish']) {
      archive.handlers.get = ({ n }, say) => say({ op: 'record', n, record });
      await expect(client.get(asked.id)).rejects.toMatchObject({ code: 'answer-invalid' });
    }
    archive.handlers.query = ({ n }, say) =>
      say({ op: 'page', n, records: [forged, other.jws, 'rubbish', asked.jws] });
    const foreign = await client.query({ author: await alice().then(({ publicKey }) => publicKey) });
    expect(foreign.records).toEqual([]);
    const page = await client.query({ author: key.publicKey });
    expect(page.records.map(({ body }) => body)).toEqual([2, 1]);
    expect(new Set(problems.map(({ code, url }) => `${code} ${url}`))).toEqual(
      new Set([`answer-invalid ${archive.url}`]),
    );
  });

  it('leaves out what has expired on its way without a word', async () => {
    const [archive] = archivesOf(1) as [ScriptedArchive];
    const key = await alice();
    const short = await signRecord(
      { collection: 'numbers', body: 0, iat: now() - 20, exp: now() - 10 },
      key,
      now() - 15,
    );
    archive.log.push(short, await sign(key, 1));
    const { client, problems } = clientOf([archive]);
    expect((await client.query({})).records.map(({ body }) => body)).toEqual([1]);
    expect(problems).toEqual([]);
  });

  it('refuses an answer of another kind than was asked for', async () => {
    const [archive] = archivesOf(1) as [ScriptedArchive];
    archive.handlers.get = ({ n }, say) => say({ op: 'page', n, records: [] });
    const { client } = clientOf([archive]);
    await expect(client.get(idOf(9))).rejects.toMatchObject({ code: 'answer-invalid' });
  });
});

describe('several archives', () => {
  it('are asked in turn, and the answer says what was tried', async () => {
    const archives = archivesOf(3) as [ScriptedArchive, ScriptedArchive, ScriptedArchive];
    const record = await sign(await alice(), 1);
    archives[2].log.push(record);
    archives[0].isDown = true;
    const { client } = clientOf(archives, { patienceMs: 50 });
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
    const archives = archivesOf(2) as [ScriptedArchive, ScriptedArchive];
    const record = await sign(await alice(), 1);
    archives[1].log.push(record);
    archives[0].handlers.get = () => undefined;
    const { client } = clientOf(archives);
    expect(await client.get(record.id)).toMatchObject({ source: { archive: archives[1].id } });
  });

  it('stand in for one that cannot take a record', async () => {
    const archives = archivesOf(2) as [ScriptedArchive, ScriptedArchive];
    archives[0].handlers.publish = ({ n }, say) =>
      say({ op: 'error', n, code: 'overloaded', detail: 'Later.', retryable: true });
    const { client } = clientOf(archives, { identity: await alice() });
    expect(await client.publish({ collection: 'numbers', body: 1 })).toMatchObject({
      archive: archives[1].id,
    });
  });

  it('are followed together: every record once, and each archive goes on at its own place', async () => {
    const archives = archivesOf(2) as [ScriptedArchive, ScriptedArchive];
    const key = await alice();
    const { client } = clientOf(archives);
    const seen: unknown[] = [];
    const follow = client.follow({ collection: 'numbers' }, { from: 'start' });
    const loop = (async () => {
      for await (const { body } of follow) seen.push(body);
    })();
    await until(() => archives.every(({ requests }) => requests.some(({ op }) => op === 'follow')));
    for (let n = 0; n < 10; n++) {
      const record = await sign(key, n);
      if (n !== 3) archives[0].commit(record);
      if (n !== 4) archives[1].commit(record);
      if (n === 5) archives[0].hangUp();
      if (n === 7) archives[1].hangUp();
    }
    await until(() => seen.length >= 10);
    await until(() =>
      archives.every(({ requests }) => requests.filter(({ op }) => op === 'follow').length >= 2),
    );
    archives[0].commit(await sign(key, 10));
    await until(() => seen.includes(10));
    expect([...seen].sort((a, b) => Number(a) - Number(b))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await client.close();
    await loop;
  });

  it('have pages of their own: the next one is asked where the first came from', async () => {
    const archives = archivesOf(2) as [ScriptedArchive, ScriptedArchive];
    const key = await alice();
    const records = await Promise.all([1, 2, 3].map((n) => sign(key, n)));
    archives[0].isDown = true;
    archives[1].handlers.query = ({ n, filter }, say) => {
      const at = Number(filter.cursor ?? 0);
      say({ op: 'page', n, records: [records[at]!.jws], ...(at < 2 ? { cursor: String(at + 1) } : {}) });
    };
    const { client } = clientOf(archives, { patienceMs: 50 });
    const found: unknown[] = [];
    for await (const { body } of client.queryAll({ limit: 1 })) {
      found.push(body);
      archives[0].isDown = false;
    }
    expect(found).toEqual([1, 2, 3]);
    expect(archives[0].requests).toEqual([]);
    // A client that has not met the archive yet asks it, too.
    const [last] = (await clientOf(archives).client.query({ limit: 1, cursor: `${archives[1].id}.2` }))
      .records;
    expect(last?.body).toBe(3);
  });
});

describe('publishing', () => {
  it('refuses for good what the archive refuses for good, and forgets it', async () => {
    const [archive] = archivesOf(1) as [ScriptedArchive];
    archive.handlers.publish = ({ n }, say) =>
      say({ op: 'error', n, code: 'record-from-future', detail: 'Too new.', retryable: false });
    const storage = memoryStorage();
    const { client } = clientOf([archive], { identity: await alice(), storage });
    await expect(client.publish({ collection: 'numbers', body: 1 })).rejects.toMatchObject({
      code: 'record-from-future',
    });
    expect(await storage.list('outbox/')).toEqual([]);
    await expect(client.publish({ collection: 'No', body: 1 })).rejects.toMatchObject({
      code: 'record-payload-invalid',
    });
    await expect(client.publishSigned('rubbish')).rejects.toMatchObject({ code: 'record-malformed' });
  });

  it('does not believe an archive that confirms another record', async () => {
    const archives = archivesOf(2) as [ScriptedArchive, ScriptedArchive];
    archives[0].handlers.publish = ({ n }, say) => say({ op: 'published', n, id: idOf(7), status: 'stored' });
    const { client } = clientOf(archives, { identity: await alice() });
    expect(await client.publish({ collection: 'numbers', body: 1 })).toMatchObject({
      archive: archives[1].id,
    });
  });

  it('needs an identity', async () => {
    const { client } = clientOf(archivesOf(1));
    await expect(client.publish({ collection: 'numbers', body: 1 })).rejects.toMatchObject({
      code: 'not-authorised',
    });
    await expect(client.publishMany([{ collection: 'numbers', body: 1 }])).rejects.toMatchObject({
      code: 'not-authorised',
    });
  });

  it('ends an import when the caller gives up, and when the source fails', async () => {
    const [archive] = archivesOf(1) as [ScriptedArchive];
    const { client } = clientOf([archive], { identity: await alice() });
    const leaving = new AbortController();
    async function* endless(): AsyncGenerator<{ collection: string; body: number }> {
      for (let n = 0; ; n++) {
        if (n === 50) leaving.abort();
        yield { collection: 'numbers', body: n };
      }
    }
    await expect(client.publishMany(endless(), { signal: leaving.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
    archive.isDown = true;
    archive.hangUp();
    const waiting = new AbortController();
    const items = [1, 2, 3].map((body) => ({ collection: 'numbers', body }));
    const published = client.publishMany(items, { signal: waiting.signal });
    await until(() => client.archives[0]!.state.name === 'waiting');
    waiting.abort();
    await expect(published).rejects.toMatchObject({ code: 'aborted' });
    archive.isDown = false;
    async function* broken(): AsyncGenerator<{ collection: string; body: number }> {
      yield { collection: 'numbers', body: 1 };
      throw new Error('the disk is gone');
    }
    await expect(client.publishMany(broken())).rejects.toThrow('the disk is gone');
  });
});

describe('a crate at an archive that need not be trusted', () => {
  /** A sender, and an archive that knows bob's mailbox and takes crates as the test says. */
  async function sending() {
    const [archive] = archivesOf(1) as [ScriptedArchive];
    const [bob, keys] = [await alice(), await generateMailboxKeys()];
    const body = await makeCardBody(keys, bob.publicKey, [archive.url]);
    archive.log.push(
      await signRecord({ collection: 'keys', key: body.mailbox, iat: now(), body }, bob, now()),
    );
    const crates = new Map<string, Uint8Array>();
    let status: (crate: string) => Omit<CrateStatus, 'crate'> = () => ({ status: 'accepted' });
    archive.handlers.deposit = async ({ n, envelope }, say) => {
      const bytes = decodeBase64url(envelope)!;
      const crate = await crateIdOf(bytes);
      crates.set(crate, bytes);
      say({ op: 'deposited', n, crate, status: 'accepted' });
    };
    archive.handlers.status = ({ n, crates: asked }, say) =>
      say({ op: 'statuses', n, statuses: asked.map((crate) => ({ crate, ...status(crate) })) });
    const { client, problems } = clientOf([archive], { identity: await alice() });
    const { id, crates: views } = await client.send({ to: bob.publicKey, text: 'hello', expiryHours: 1 });
    await client.waitForStatus(id, 'accepted');
    const crate = views[0]!.crate;
    const receipt = async (): Promise<string> => {
      const opened = await openCrate(crates.get(crate)!, { mailbox: body.mailbox, kem: [keys.kem] });
      if (!opened.ok) throw new Error(opened.detail);
      return opened.value.ackSecret;
    };
    return {
      archive,
      client,
      problems,
      id,
      crate,
      crates,
      receipt,
      say: (answer: typeof status) => (status = answer),
    };
  }

  it('is delivered on a receipt that fits, and on no word without one', async () => {
    const { client, problems, id, crate, say, receipt } = await sending();
    say(() => ({ status: 'delivered', receipt: idOf(5) }));
    await until(() => problems.length > 0);
    expect(problems[0]).toMatchObject({ code: 'answer-invalid', id: crate });
    say(() => ({ status: 'recalled' }));
    await until(() => problems.some(({ detail }) => detail.includes('recalled')));
    expect((await client.status(id)).status).toBe('accepted');
    const secret = await receipt();
    say(() => ({ status: 'delivered', receipt: secret }));
    expect((await client.waitForStatus(id, 'delivered')).status).toBe('delivered');
  }, 20_000);

  it('is deposited again, and the same, when the archive has lost it; its status does not go back', async () => {
    const { archive, client, id, crate, crates, say, receipt } = await sending();
    const statuses: string[] = [];
    client.on('status', ({ crate: moved }) => statuses.push(moved.status));
    const secret = await receipt();
    crates.clear();
    say(() => ({ status: 'unknown' }));
    await until(() => crates.has(crate));
    expect((await client.status(id)).status).toBe('accepted');
    say(() => ({ status: 'delivered', receipt: secret }));
    await client.waitForStatus(id, 'delivered');
    expect(statuses).toEqual(['delivered']);
    const envelopes = archive.requests.flatMap((request) =>
      request.op === 'deposit' ? [request.envelope] : [],
    );
    expect(envelopes.length).toBeGreaterThanOrEqual(2);
    expect(new Set(envelopes).size).toBe(1);
  }, 20_000);

  it('is reported as expired or discarded when the archive says so', async () => {
    for (const end of ['expired', 'discarded'] as const) {
      const { client, id, say } = await sending();
      say(() => ({ status: end }));
      expect((await client.waitForStatus(id, 'delivered')).status).toBe(end);
    }
  }, 20_000);

  it('is recalled at once when no archive ever had it', async () => {
    const { archive, client } = await sending();
    archive.handlers.deposit = ({ n }, say) =>
      say({ op: 'error', n, code: 'quota-exceeded', detail: 'Full.', retryable: true });
    archive.handlers.recall = ({ n }, say) =>
      say({ op: 'error', n, code: 'crate-not-found', detail: 'Not here.', retryable: false });
    const [card] = archive.log;
    const { id } = await client.send({ to: card!.author, text: 'never mind' });
    expect((await client.recall(id)).status).toBe('recalled');
  }, 20_000);
});
