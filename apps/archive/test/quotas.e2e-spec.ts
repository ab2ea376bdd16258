/** The quotas over both doors of a real archive: who is counted, what is said, and which mailboxes have more room. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generatePrivateJwk, makeCardBody, signingKeyFromJwk } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { WebSocket } from 'ws';
import { sampleCrate, sampleMailbox, text } from './crate-samples.js';
import { ForeignArchive } from './foreign-archive.js';
import { newPerson, sampleRecord } from './record-samples.js';
import { collectFrom, SocketClient } from './socket-client.js';

/** What comes at once may be five times as much. */
const burst = 5;

let archive: ArchiveProcess;

beforeAll(async () => {
  archive = await bootArchive({
    settings: { HOLDFAST_DEPOSITS_PER_MINUTE: '1', HOLDFAST_TRUSTED_PROXIES: 'loopback' },
  });
});

afterAll(() => archive.destroy());

const envelope = async () => (await sampleCrate((await sampleMailbox()).publicKey)).envelope;

const post = async (from: string) =>
  fetch(`${archive.url}/v1/crates`, {
    method: 'POST',
    body: (await envelope()) as BodyInit,
    headers: { 'content-type': 'application/octet-stream', 'x-forwarded-for': from },
  });

/** Deposits over a WebSocket behind the proxy, and answers the frame. */
async function deposit(from: string): Promise<Record<string, unknown>> {
  const headers = { 'x-forwarded-for': from };
  const socket = new WebSocket(`${archive.url.replace('http', 'ws')}/v1/ws`, { headers });
  await once(socket, 'message');
  socket.send(JSON.stringify({ op: 'deposit', n: 1, envelope: text(await envelope()) }));
  const [data] = (await once(socket, 'message')) as [Buffer];
  socket.terminate();
  return JSON.parse(data.toString()) as Record<string, unknown>;
}

describe('a network that deposits too much', () => {
  it('is refused over both doors, and told what is used up and until when', async () => {
    for (let i = 0; i < burst; i++) expect((await post('198.51.100.1')).status).toBe(201);
    const before = Math.floor(Date.now() / 1000);
    const response = await post('198.51.100.1');
    const problem = (await response.json()) as { until: number };
    expect(problem).toMatchObject({ code: 'quota-exceeded', quota: 'depositor-crates', retryable: true });
    expect(problem.until).toBeGreaterThan(before);
    expect(problem.until).toBeLessThanOrEqual(before + 62);
    expect(response.status).toBe(507);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    const { until, ...frame } = await deposit('198.51.100.1');
    expect(frame).toMatchObject({ op: 'error', n: 1, code: 'quota-exceeded', quota: 'depositor-crates' });
    expect(until).toBeGreaterThan(before);
  });

  it('is one IPv6 /64, and takes nothing from others', async () => {
    for (let i = 0; i < burst; i++)
      expect(await deposit(`2001:db8::${i + 1}`)).toMatchObject({ op: 'deposited' });
    expect(await deposit('2001:db8::ffff')).toMatchObject({ code: 'quota-exceeded' });
    expect(await deposit('2001:db8:0:1::1')).toMatchObject({ op: 'deposited' });
  });
});

describe('archives that deposit too much', () => {
  const bring = async (from: string) => {
    const body = await envelope();
    const token = await (await ForeignArchive.make()).token(archive.id, '/v1/crates', body);
    const response = await fetch(`${archive.url}/v1/crates`, {
      method: 'POST',
      body: body as BodyInit,
      headers: {
        'content-type': 'application/octet-stream',
        'x-forwarded-for': from,
        authorization: `Bearer ${token}`,
      },
    });
    return response.status;
  };

  it('are one where they come from one network, however many ids they have', async () => {
    const begunMs = Date.now();
    let taken = 0;
    let status = 201;
    for (; status === 201; taken++) status = await bring('198.51.100.7');
    taken -= 1;
    expect(status).toBe(507);
    // There is room for one more every six seconds, and a machine may be slow.
    const more = Math.ceil((Date.now() - begunMs) / 6_000);
    expect(taken).toBeGreaterThanOrEqual(10 * burst);
    expect(taken).toBeLessThanOrEqual(10 * burst + more);
    expect(await bring('198.51.100.8')).toBe(201);
  });
});

describe('a mailbox', () => {
  const database = () => {
    const client = new pg.Client(archive.databaseUrl);
    return client.connect().then(() => client);
  };

  /** What the archive has written down about it, once it has. */
  async function kindOf(mailbox: string): Promise<string> {
    const client = await database();
    try {
      for (;;) {
        const { rows } = await client.query<{ kind: string }>(
          'select kind from mailbox_usage where mailbox = $1 and collected_at is not null',
          [Buffer.from(mailbox, 'base64url')],
        );
        if (rows[0] !== undefined) return rows[0].kind;
      }
    } finally {
      await client.end();
    }
  }

  async function publishCard(author = newPerson(), signing = generatePrivateJwk(), key?: string) {
    const [person, jwk] = [await author, await signing];
    const kem = { suite: 1, publicKey: text(randomBytes(1216)), privateKey: '' } as const;
    const body = await makeCardBody({ signing: jwk, kem }, person.publicKey, ['http://kelp.example']);
    const mailbox = key ?? body.mailbox;
    const record = await sampleRecord(
      { collection: 'keys', key: mailbox, body: { ...body, mailbox } },
      person,
    );
    const { client } = await SocketClient.connect(archive.url);
    expect(await client.ask({ op: 'publish', record: record.jws })).toMatchObject({ status: 'stored' });
    await client.close();
    return { jwk };
  }

  it('is a pairwise one when it is collected here and on no card', async () => {
    const mailbox = await sampleMailbox();
    const { client } = await collectFrom(archive.url, mailbox);
    expect(await kindOf(mailbox.publicKey)).toBe('pairwise');
    await client.close();
  });

  it('is a public one when a card that is held here names it', async () => {
    const { jwk } = await publishCard();
    const { client } = await collectFrom(archive.url, await signingKeyFromJwk(jwk));
    expect(await kindOf(jwk.x)).toBe('public');
    await client.close();
  });

  it('is not made public by a card of somebody who does not own it', async () => {
    const mailbox = await sampleMailbox();
    await publishCard(newPerson(), generatePrivateJwk(), mailbox.publicKey);
    const { client } = await collectFrom(archive.url, mailbox);
    expect(await kindOf(mailbox.publicKey)).toBe('pairwise');
    await client.close();
  });

  it('is unknown when nobody has proved to own it', async () => {
    const mailbox = await sampleMailbox();
    const { client, hello } = await SocketClient.connect(archive.url);
    const signature = text(randomBytes(64));
    expect(hello.archive).toBe(archive.id);
    expect(await client.ask({ op: 'collect', mailbox: mailbox.publicKey, signature })).toMatchObject({
      code: 'not-authorised',
    });
    await client.close();
    const looking = await database();
    const { rows } = await looking.query('select 1 from mailbox_usage where mailbox = $1', [
      Buffer.from(mailbox.publicKey, 'base64url'),
    ]);
    expect(rows).toEqual([]);
    await looking.end();
  });
});
