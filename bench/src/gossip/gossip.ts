/**
 * Archives that gossip: how fast a new one catches up, how soon what is stored at one can be read at another, and how
 * often a body is transferred between three. Every record is verified and committed at each of them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atLeast, atMost, below, percentile, step, type Report } from '../report/report.js';
import { catchUp } from './catching-up.js';
import { replicateLive } from './live.js';
import { transferInMesh } from './mesh.js';
import { readRecords, signRecordFiles } from './record-files.js';

const recordsDefault = 1_000_000;
const livePerSecond = 500;
const liveSeconds = 30;
const meshPerSecond = 300;
const meshSeconds = 30;

/** @param count of the records that a new archive catches up with */
export async function benchGossip(count = recordsDefault): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-gossip-'));
  try {
    const live = livePerSecond * liveSeconds;
    step(`signing ${(count + live + meshPerSecond * meshSeconds).toLocaleString('en')} records`);
    const others = readRecords(await signRecordFiles(folder, 'others', live + meshPerSecond * meshSeconds));
    const latencies = await replicateLive(others, livePerSecond, liveSeconds);
    const mesh = await transferInMesh(others, meshPerSecond, meshSeconds);
    const caughtUp = await catchUp(await signRecordFiles(folder, 'many', count), count);
    const figures = {
      records: count,
      ingestPerSecond: caughtUp.ingestPerSecond,
      catchUpPerSecond: caughtUp.catchUpPerSecond,
      ratioToIngest: caughtUp.catchUpPerSecond / caughtUp.ingestPerSecond,
      liveMsP50: percentile(latencies, 0.5),
      liveMsP99: percentile(latencies, 0.99),
      transfersPerRecord: mesh.transfersPerRecord,
      different: caughtUp.different + mesh.different,
    };
    const targets = [
      atLeast(figures, 'ratioToIngest', 0.8),
      below(figures, 'liveMsP99', 250),
      atMost(figures, 'transfersPerRecord', 1.05),
      atMost(figures, 'different', 0),
    ];
    return { bench: 'gossip', figures, targets };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
