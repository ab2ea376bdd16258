/**
 * Records in a file, signed beforehand in several threads: a million of them is too much to keep in memory beside the
 * archives that are measured.
 */
import { once } from 'node:events';
import { closeSync, openSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { progress } from '../report/report.js';
import type { SigningTask } from './signing.worker.js';

const blockBytes = 1024 * 1024;

/** @returns the paths of files in the folder that hold so many records together */
export async function signRecordFiles(folder: string, name: string, count: number): Promise<string[]> {
  const threads = availableParallelism();
  const iat = Math.floor(Date.now() / 1000);
  let done = 0;
  return Promise.all(
    Array.from({ length: threads }, async (_, thread) => {
      const path = join(folder, `${name}-${thread}`);
      const share = Math.floor((count * (thread + 1)) / threads) - Math.floor((count * thread) / threads);
      const workerData: SigningTask = { path, count: share, iat };
      const worker = new Worker(new URL('./signing.worker.js', import.meta.url), { workerData });
      worker.on('message', (signed: number) => {
        done += signed;
        progress(`${done.toLocaleString('en')} of ${count.toLocaleString('en')} signed`);
      });
      await once(worker, 'exit');
      return path;
    }),
  );
}

/** Line by line, and synchronously: who publishes asks for the next one in the moment in which it is sent. */
export function* readRecords(paths: readonly string[]): Generator<string, undefined> {
  for (const path of paths) {
    const file = openSync(path, 'r');
    try {
      const block = Buffer.alloc(blockBytes);
      let rest = '';
      for (;;) {
        const bytes = readSync(file, block);
        if (bytes === 0) break;
        const lines = (rest + block.toString('latin1', 0, bytes)).split('\n');
        rest = lines.pop()!;
        yield* lines;
      }
    } finally {
      closeSync(file);
    }
  }
  return undefined;
}
