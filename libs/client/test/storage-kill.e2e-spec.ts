/** Two real processes on one folder, both killed without warning in the middle of their writes, again and again. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fileStorage } from '../src/node.js';

const program = fileURLToPath(new URL('storage-writer.mjs', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-kill-'));
});

afterEach(() => rm(folder, { recursive: true }));

/** Runs a writer until it has been told `count` times that something is on disk; answers the last number of each lane. */
async function writeUntilKilled(name: string, count: number): Promise<Map<string, number>> {
  const child = spawn(process.execPath, [program, folder, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const acknowledged = new Map<string, number>();
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [lane, i] = line.split(' ');
    acknowledged.set(lane!, Number(i));
    if (++lines === count) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return acknowledged;
}

describe('a file storage whose processes are killed', () => {
  it('has everything that was acknowledged, and every batch whole', async () => {
    let total = 0;
    for (const round of [1, 2, 3]) {
      const names = [`one ${round}`, `other ${round}`];
      const writers = await Promise.all(names.map((name) => writeUntilKilled(name, 40 * round)));
      const storage = await fileStorage(folder);
      for (const [w, acknowledged] of writers.entries()) {
        for (const [lane, last] of acknowledged) {
          const a = Number(await storage.get(`${names[w]}/${lane}/a`));
          const b = Number.parseInt((await storage.get(`${names[w]}/${lane}/b`))!, 10);
          expect(b).toBe(a);
          // One more may have been written whose acknowledgement was not heard.
          expect([last, last + 1]).toContain(a);
          total += last + 1;
        }
      }
      expect(Number(await storage.get('total'))).toBeGreaterThanOrEqual(total);
      await storage.write([{ key: 'after', value: String(round) }]);
      expect(await storage.get('after')).toBe(String(round));
      await storage.close();
    }
    expect((await readdir(folder)).filter((name) => name.startsWith('journal-'))).toHaveLength(1);
  });
});
