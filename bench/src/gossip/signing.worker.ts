/** A thread that signs records and writes them to a file, a line each. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { signRecords } from '../ingest/signed-records.js';

export interface SigningTask {
  readonly path: string;
  readonly count: number;
  /** Of the last one; the others lie before it. */
  readonly iat: number;
}

const atOnce = 10_000;

const { path, count, iat } = workerData as SigningTask;
const file = openSync(path, 'w');
for (let done = 0; done < count; done += atOnce) {
  const records = signRecords(Math.min(atOnce, count - done), iat - done);
  writeSync(file, records.map(({ jws }) => `${jws}\n`).join(''));
  parentPort?.postMessage(records.length);
}
closeSync(file);
