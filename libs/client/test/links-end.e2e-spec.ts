/** What real WebRTC does to the process that it runs in. */
import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

async function run(program: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [path], { timeout: 60_000, env });
  return { stdout, stderr };
}

describe('direct links in a process', () => {
  it('let it end by itself when they are closed, also those that were not made yet', async () => {
    expect(await run('links-end.mjs')).toEqual({ stdout: 'closed\n', stderr: '' });
  });

  it('are not to be had where node-datachannel is missing, and that is all', async () => {
    expect(await run('links-missing.mjs')).toMatchObject({ stdout: 'undefined\n' });
  });
});
