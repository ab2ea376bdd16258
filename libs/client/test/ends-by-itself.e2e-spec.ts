import { describe, expect, it } from '@jest/globals';
import { bootArchive } from '@holdfast/testing';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

describe('a program that has closed its client', () => {
  it('ends by itself, without a warning', async () => {
    const archive = await bootArchive();
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-ends-'));
    try {
      const program = fileURLToPath(new URL('ends-by-itself.mjs', import.meta.url));
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, archive.url, folder], {
        timeout: 120_000,
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      expect({ stdout, stderr }).toEqual({ stdout: 'closed\n', stderr: '' });
    } finally {
      await archive.destroy();
      await rm(folder, { recursive: true });
    }
  });
});
