/**
 * Ingest over WebSocket: 8 connections with 16 records in flight each, bodies of 400 bytes, every record durable
 * (synchronous_commit on) when it is acknowledged; against the verification of the same signatures by node:crypto on all
 * cores, and against one commit a record over one connection.
 */
import { readFileSync } from 'node:fs';
import { bootArchive, type ArchiveProcess } from '@holdfast/testing';
import { atLeast, below, percentile, progress, step, type Report } from '../report/report.js';
import { publishAll } from './publisher.js';
import { signRecords, type SignedRecord } from './signed-records.js';
import { verifyPerSecond } from './verify-baseline.js';

const recordCount = 100_000;
const warmUpCount = 2_000;
const singleCount = 2_000;
const verifyCount = 20_000;
const connections = 8;
const inFlightEach = 16;
const memoryEveryMs = 250;

export async function benchIngest(): Promise<Report> {
  step(`signing ${recordCount.toLocaleString('en')} records`);
  const records = signRecords(recordCount + warmUpCount + singleCount, Math.floor(Date.now() / 1000));
  const archive = await bootArchive({ postgres: 'embedded' });
  try {
    const idleMb = residentMb(archive.pid);
    step('verifying signatures with node:crypto, the baseline');
    const verifiedBefore = await verifyPerSecond(records.slice(0, verifyCount));
    await publish(archive, records.splice(0, warmUpCount), connections, inFlightEach);
    step('publishing one at a time over one connection');
    const single = await publish(archive, records.splice(0, singleCount), 1, 1);
    step(`publishing ${recordCount.toLocaleString('en')} over ${connections} connections`);
    const memory = watchMemory(archive.pid);
    const run = await publish(archive, records, connections, inFlightEach);
    const peakMb = memory.stop();
    const verified = (verifiedBefore + (await verifyPerSecond(records.slice(0, verifyCount)))) / 2;
    const figures = {
      records: records.length,
      recordsPerSecond: run.perSecond,
      ackMsP50: percentile(run.sortedMs, 0.5),
      ackMsP99: percentile(run.sortedMs, 0.99),
      verifyPerSecond: verified,
      ratioToVerify: run.perSecond / verified,
      singleCommitPerSecond: single.perSecond,
      ratioToSingleCommit: run.perSecond / single.perSecond,
      residentMbIdle: idleMb,
      residentMbPeak: peakMb,
      archiveCpuUsPerRecord: (run.cpuMs * 1000) / records.length,
    };
    const targets = [
      atLeast(figures, 'ratioToVerify', 0.4),
      atLeast(figures, 'ratioToSingleCommit', 2),
      below(figures, 'ackMsP99', 150),
      below(figures, 'residentMbIdle', 200),
      below(figures, 'residentMbPeak', 350),
    ];
    return { bench: 'ingest', figures, targets };
  } finally {
    await archive.destroy();
  }
}

async function publish(
  archive: ArchiveProcess,
  records: readonly SignedRecord[],
  count: number,
  inFlight: number,
) {
  let next = 0;
  const takeNext = () => {
    if (next % 1000 === 0) progress(`${next.toLocaleString('en')} of ${records.length.toLocaleString('en')}`);
    return records[next++]?.jws;
  };
  const started = performance.now();
  const cpuBefore = cpuMs(archive.pid);
  const runs = await Promise.all(
    Array.from({ length: count }, () => publishAll(archive.url, takeNext, inFlight)),
  );
  const seconds = (performance.now() - started) / 1000;
  return {
    perSecond: records.length / seconds,
    sortedMs: Float64Array.from(runs.flatMap(({ acknowledgedMs }) => acknowledgedMs)).sort(),
    cpuMs: cpuMs(archive.pid) - cpuBefore,
  };
}

function watchMemory(pid: number): { stop(): number } {
  let peakMb = residentMb(pid);
  const timer = setInterval(() => (peakMb = Math.max(peakMb, residentMb(pid))), memoryEveryMs);
  return {
    stop() {
      clearInterval(timer);
      return peakMb;
    },
  };
}

/** Resident memory of the archive's process, without PostgreSQL's. Linux only, as /proc is. */
function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

/** User and system time of the process, all threads. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
