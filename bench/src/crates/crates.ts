/**
 * Crates over WebSocket: deposits of 4 KiB, 64 in flight, each committed and promised by a custody receipt, against
 * records published in the same way in the same run; collecting and acknowledging a backlog, against depositing it; and
 * delivery to somebody who is connected, against an echo and a commit.
 */
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { publishAll } from '../ingest/publisher.js';
import { signRecords, type SignedRecord } from '../ingest/signed-records.js';
import { atLeast, atMost, percentile, progress, step, type Report } from '../report/report.js';
import { collectFrom } from './collector.js';
import { depositAll } from './depositor.js';
import { commitMs, echoMs } from './floor.js';
import { deliverMs } from './online.js';
import { makeCrate, makeMailbox, type SampleCrate, type SampleMailbox } from './sample-crates.js';

const crateCount = 20_000;
const recordCount = 20_000;
const warmUpCount = 2_000;
/** Few enough crates in each for any mailbox. */
const mailboxCount = 32;
const connections = 8;
const inFlightEach = 8;
const onlineTurns = 10;
const onlineCount = 200;
const onlineWarmUpCount = 500;

export async function benchCrates(): Promise<Report> {
  step(`making ${crateCount.toLocaleString('en')} crates and as many records`);
  const backlog = makeBacklog(crateCount);
  const warmUp = makeBacklog(warmUpCount);
  const records = signRecords(2 * recordCount + warmUpCount, Math.floor(Date.now() / 1000));
  // One address deposits everything here.
  const settings = { HOLDFAST_DEPOSITS_PER_MINUTE: '0', HOLDFAST_DEPOSIT_BYTES_PER_MINUTE: '0' };
  const archive = await bootArchive({ postgres: 'embedded', settings });
  try {
    step('warming up');
    await publish(archive, records.splice(0, warmUpCount));
    await deposit(archive, warmUp.crates);
    await collect(archive, warmUp);
    step('publishing records, the baseline, before and after depositing');
    const before = await publish(archive, records.splice(0, recordCount));
    const deposited = await deposit(archive, backlog.crates);
    const after = await publish(archive, records.splice(0, recordCount));
    step('collecting and acknowledging the backlog');
    const collected = await collect(archive, backlog);
    step('delivering to somebody who is connected');
    const { echo, commit, online } = await besideFloor(archive);
    const ingested = (before + after) / 2;
    const figures = {
      crates: crateCount,
      depositsPerSecond: deposited,
      recordsPerSecond: ingested,
      ratioToIngest: deposited / ingested,
      collectsPerSecond: collected,
      ratioCollect: collected / deposited,
      onlineMsP50: online,
      echoMsP50: echo,
      commitMsP50: commit,
      ratioToFloor: online / (echo + commit),
    };
    const targets = [
      atLeast(figures, 'ratioToIngest', 0.5),
      atLeast(figures, 'ratioCollect', 1),
      atMost(figures, 'ratioToFloor', 2),
    ];
    return { bench: 'crates', figures, targets };
  } finally {
    await archive.destroy();
  }
}

/** In turns, so that what else the machine does meanwhile is in all three alike. Medians, in milliseconds. */
async function besideFloor({ url, databaseUrl }: ArchiveProcess) {
  const [echoes, commits, deliveries]: [number[], number[], number[]] = [[], [], []];
  await deliverMs(url, onlineWarmUpCount);
  for (let turn = 0; turn < onlineTurns; turn++) {
    echoes.push(...(await echoMs(url, onlineCount)));
    commits.push(...(await commitMs(databaseUrl, onlineCount)));
    deliveries.push(...(await deliverMs(url, onlineCount)));
  }
  return { echo: p50(echoes), commit: p50(commits), online: p50(deliveries) };
}

interface Backlog {
  readonly mailboxes: readonly SampleMailbox[];
  readonly crates: readonly SampleCrate[];
}

function makeBacklog(count: number): Backlog {
  const mailboxes = Array.from({ length: mailboxCount }, makeMailbox);
  const crates = Array.from({ length: count }, (_, index) => makeCrate(mailboxes[index % mailboxCount]!.id));
  return { mailboxes, crates };
}

/** @returns records per second */
function publish(archive: ArchiveProcess, records: readonly SignedRecord[]): Promise<number> {
  const takeNext = inTurn(records);
  return perSecond(records.length, () => publishAll(archive.url, () => takeNext()?.jws, inFlightEach));
}

/** @returns crates per second */
function deposit(archive: ArchiveProcess, crates: readonly SampleCrate[]): Promise<number> {
  const takeNext = inTurn(crates);
  return perSecond(crates.length, () => depositAll(archive.url, takeNext, inFlightEach));
}

/** @returns crates per second, each collected and acknowledged */
function collect(archive: ArchiveProcess, { mailboxes, crates }: Backlog): Promise<number> {
  const secrets = new Map(crates.map(({ id, ackSecret }) => [id, ackSecret]));
  const each = mailboxCount / connections;
  return perSecond(crates.length, async (index) => {
    const own = mailboxes.slice(index * each, (index + 1) * each);
    const expected = crates.filter((_, i) => Math.floor((i % mailboxCount) / each) === index).length;
    const collecting = await collectFrom(archive.url, own, expected, (crate) => secrets.get(crate));
    await collecting.acknowledged;
    collecting.close();
  });
}

async function perSecond(count: number, run: (index: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, (_, index) => run(index)));
  return (count * 1000) / (performance.now() - started);
}

function inTurn<T>(items: readonly T[]): () => T | undefined {
  let next = 0;
  return () => {
    if (next % 1000 === 0) progress(`${next.toLocaleString('en')} of ${items.length.toLocaleString('en')}`);
    return items[next++];
  };
}

const p50 = (durationsMs: readonly number[]): number =>
  percentile(Float64Array.from(durationsMs).sort(), 0.5);
