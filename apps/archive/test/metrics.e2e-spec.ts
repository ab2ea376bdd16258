import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bootArchive, freePort, type ArchiveProcess } from '@holdfast/testing';
import { readFileSync } from 'node:fs';
import { sampleCrate, sampleMailbox, text } from './crate-samples.js';
import { sampleRecord } from './record-samples.js';
import { collectFrom, SocketClient } from './socket-client.js';

let archive: ArchiveProcess;
let address: string;

beforeAll(async () => {
  const port = await freePort();
  address = `http://127.0.0.1:${port}/metrics`;
  archive = await bootArchive({ settings: { HOLDFAST_METRICS_PORT: String(port) } });
});

afterAll(() => archive.destroy());

const metrics = async () => (await fetch(address)).text();

describe('the metrics', () => {
  it('are all in docs/operating/metrics.md with their kinds, and nothing else is', async () => {
    const page = await metrics();
    const kinds = [...page.matchAll(/^# TYPE (holdfast_\w+) (\w+)$/gm)].map(([, name, kind]) => [name, kind]);
    const document = readFileSync(new URL('../../../docs/operating/metrics.md', import.meta.url), 'utf8');
    const rows = [...document.matchAll(/^\| `(holdfast_\w+)` +\| (\w+) +\|/gm)];
    expect(rows.map(([, name, kind]) => [name, kind]).sort()).toEqual(kinds.sort());
  });

  it('count what happens, and tell of nobody', async () => {
    const { client } = await SocketClient.connect(archive.url);
    const record = await sampleRecord();
    for (let i = 0; i < 2; i++) await client.ask({ op: 'publish', record: record.jws });
    await client.ask({ op: 'publish', record: 'nonsense' });
    await client.ask({ op: 'dance' });
    const follow = client.send({ op: 'follow', filter: {} });
    await client.next('caught-up', follow);
    const mailbox = await sampleMailbox();
    const [received, recalled, waiting] = await Promise.all(
      [0, 1, 2].map(() => sampleCrate(mailbox.publicKey)),
    );
    for (const crate of [received!, recalled!, waiting!]) await client.deposit(crate);
    await client.deposit(received!);
    const owner = await collectFrom(archive.url, mailbox);
    await owner.client.ack(received!);
    await client.ask({ op: 'recall', crate: recalled!.id, secret: text(recalled!.recallSecret) });
    await fetch(`${archive.url}/v1/records/${record.id}`);
    await fetch(`${archive.url}/${mailbox.publicKey}`);

    const page = await metrics();
    expect(page.split('\n')).toEqual(
      expect.arrayContaining([
        'holdfast_records_ingested_total{status="stored"} 1',
        'holdfast_records_ingested_total{status="known"} 1',
        'holdfast_records_refused_total{code="record-malformed"} 1',
        'holdfast_record_commit_records_count 2',
        'holdfast_follows 1',
        'holdfast_connections 2',
        'holdfast_requests_total{operation="publish",outcome="ok"} 2',
        'holdfast_requests_total{operation="publish",outcome="record-malformed"} 1',
        'holdfast_requests_total{operation="none",outcome="op-unknown"} 1',
        'holdfast_http_requests_total{door="GET /v1/records/:id",status="200"} 1',
        'holdfast_http_requests_total{door="none",status="404"} 1',
        'holdfast_crates_deposited_total 3',
        'holdfast_crates_left_total{way="delivered"} 1',
        'holdfast_crates_left_total{way="recalled"} 1',
        'holdfast_crates_left_total{way="expired"} 0',
        'holdfast_database_waiting 0',
      ]),
    );
    for (const secret of [mailbox.publicKey, record.author, record.id, received!.id])
      expect(page).not.toContain(secret);
    await Promise.all([client.close(), owner.client.close()]);
  });
});
