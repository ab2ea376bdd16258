/** Archives that gossip, as real processes: what is published at one is found at the others. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { HoldfastRecord } from '@holdfast/protocol';
import { bootArchive, type ArchiveProcess, type BootOptions } from '@holdfast/testing';
import { askOnce, depositAt, statusAt, untilState } from './crate-door.js';
import { sampleCrate, sampleMailbox, text } from './crate-samples.js';
import { eventually } from './eventually.js';
import { addPeer, comparePeer, peersOf, setPeer } from './operator.js';
import { bob, retractionOf, sampleRecord, sampleRecords, secondsNow } from './record-samples.js';

const archives: ArchiveProcess[] = [];
afterEach(async () => {
  await Promise.all(archives.splice(0).map((archive) => archive.destroy()));
});

async function boot(options?: BootOptions): Promise<ArchiveProcess> {
  const archive = await bootArchive(options);
  archives.push(archive);
  return archive;
}

/** One command at the one, and an approval at the other. */
async function join(dialer: ArchiveProcess, approver: ArchiveProcess): Promise<void> {
  await addPeer(dialer, approver.url);
  await eventually(
    () => peersOf(approver),
    (peers) => peers.some(({ id }) => id === dialer.id),
  );
  await setPeer(approver, dialer.id, 'trusted');
}

async function bootPair(settings: Readonly<Record<string, string>> = {}) {
  const [a, b] = await Promise.all([boot(), boot({ settings })]);
  await join(a, b);
  return { a, b };
}

async function publish(archive: ArchiveProcess, ...records: readonly HoldfastRecord[]): Promise<string[]> {
  const answer = await fetch(`${archive.url}/v1/records`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: records.map(({ jws }) => `${jws}\n`).join(''),
  });
  return (await answer.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { status: string; code?: string })
    .map(({ status, code }) => code ?? status);
}

const statusOf = async (archive: ArchiveProcess, { id }: HoldfastRecord): Promise<number> =>
  (await fetch(`${archive.url}/v1/records/${id}`)).status;

async function untilRead(archive: ArchiveProcess, records: readonly HoldfastRecord[]): Promise<void> {
  for (const record of records) {
    await eventually(
      () => statusOf(archive, record),
      (status) => status === 200,
    );
  }
}

describe('two archives', () => {
  it('have what was published at either, before and after they were joined', async () => {
    const [a, b] = await Promise.all([boot(), boot()]);
    const [atA, atB] = [await sampleRecords(300), await sampleRecords(20)];
    await publish(a, ...atA);
    await publish(b, ...atB);
    await join(a, b);
    await untilRead(b, atA);
    await untilRead(a, atB);
    const [live, alsoLive] = await sampleRecords(2);
    await publish(a, live!);
    await publish(b, alsoLive!);
    await untilRead(b, [live!]);
    await untilRead(a, [alsoLive!]);
    expect(await comparePeer(a, b.id)).toMatchObject({
      onlyHereCount: 0,
      onlyThereCount: 0,
      isComplete: true,
    });
  });

  it('catch up after one was down, and after a kill in the middle', async () => {
    const { a, b } = await bootPair();
    const before = await sampleRecord();
    await publish(a, before);
    await untilRead(b, [before]);
    await b.stop();
    const meanwhile = await sampleRecords(500);
    await publish(a, ...meanwhile);
    await b.start();
    await untilRead(b, meanwhile.slice(0, 1));
    await b.kill9();
    await b.start();
    await untilRead(b, meanwhile);
    const atB = await sampleRecord();
    await publish(b, atB);
    await untilRead(a, [atB]);
  });

  it('forget together what its author has retracted, also when only one of them ever had it', async () => {
    const { a, b } = await bootPair();
    const [first, second] = await sampleRecords(2);
    await publish(a, first!);
    await untilRead(b, [first!]);
    await b.stop();
    await publish(a, second!);
    const retraction = await retractionOf([first!, second!]);
    await publish(a, retraction);
    await b.start();
    await untilRead(b, [retraction]);
    expect(await statusOf(b, first!)).toBe(410);
    expect(await statusOf(a, first!)).toBe(410);
    expect(await publish(b, second!)).toEqual(['retracted']);
    expect(await comparePeer(b, a.id)).toMatchObject({
      onlyHereCount: 0,
      onlyThereCount: 0,
      isComplete: true,
    });
  });

  it('end their link when one blocks the other, which gets nothing more', async () => {
    const { a, b } = await bootPair();
    const known = await sampleRecord();
    await publish(a, known);
    await untilRead(b, [known]);
    await setPeer(a, b.id, 'blocked');
    await eventually(
      () =>
        comparePeer(a, b.id).then(
          () => 'open',
          (error: { code?: string }) => error.code,
        ),
      (code) => code === 'unavailable',
    );
    const hidden = await sampleRecord();
    await publish(a, hidden);
    expect(await statusOf(b, hidden)).toBe(404);
    await setPeer(a, b.id, 'trusted');
    await untilRead(b, [hidden]);
  });
});

describe('scopes', () => {
  it('keep out what an archive does not keep, at its doors and from its peers', async () => {
    const since = secondsNow() - 3_600;
    const { a, b } = await bootPair({
      HOLDFAST_SCOPE_COLLECTIONS: 'wiki',
      HOLDFAST_SCOPE_SINCE: String(since),
    });
    const card = (await (await fetch(`${b.url}/.well-known/holdfast`)).json()) as object;
    expect(card).toMatchObject({ scope: { collections: ['wiki'], since }, horizon: expect.any(Number) });
    const [wiki, other] = [await sampleRecord({ collection: 'wiki' }), await sampleRecord()];
    const old = await sampleRecord({ collection: 'wiki', iat: since - 10 });
    expect(await publish(b, other, old)).toEqual(['record-out-of-scope', 'record-out-of-scope']);
    expect(await askOnce(b.url, { op: 'publish', record: other.jws })).toMatchObject({
      op: 'error',
      code: 'record-out-of-scope',
    });
    await publish(a, other, old, wiki);
    await untilRead(b, [wiki]);
    const last = await sampleRecord({ collection: 'wiki' }, bob);
    await publish(a, await sampleRecord(), last);
    await untilRead(b, [last]);
    expect([await statusOf(b, other), await statusOf(b, old)]).toEqual([404, 404]);
    expect(await comparePeer(b, a.id)).toMatchObject({
      onlyHereCount: 0,
      onlyThereCount: 0,
      isComplete: true,
    });
  });
});

describe('crates', () => {
  it('leave at a peer that holds them when they have left at one, also while it was down', async () => {
    const { a, b } = await bootPair();
    const mailbox = await sampleMailbox();
    const [first, second] = [await sampleCrate(mailbox.publicKey), await sampleCrate(mailbox.publicKey)];
    for (const crate of [first, second]) {
      // Nobody has named the one archive to the other: only gossip can tell.
      await depositAt(a.url, crate);
      await depositAt(b.url, crate);
    }
    await askOnce(a.url, { op: 'ack', crate: first.id, secret: text(first.ackSecret) });
    expect((await untilState(b.url, first, 'delivered')).proof).toBe(text(first.ackSecret));
    await b.stop();
    await askOnce(a.url, { op: 'ack', crate: second.id, secret: text(second.ackSecret) });
    await b.start();
    await untilState(b.url, second, 'delivered');
    const elsewhere = await sampleCrate(mailbox.publicKey);
    await depositAt(a.url, elsewhere);
    await askOnce(a.url, { op: 'ack', crate: elsewhere.id, secret: text(elsewhere.ackSecret) });
    await untilState(a.url, elsewhere, 'delivered');
    expect((await statusAt(b.url, elsewhere)).status).toBe('unknown');
  });
});
