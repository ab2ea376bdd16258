import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

it('a part of a client that could not be loaded is told of, and crates are loaded when they are wanted again', async () => {
  const program = fileURLToPath(new URL('chunks-missing.mjs', import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { env });
  expect(stderr).toBe('');
  expect(stdout.trimEnd().split('\n')).toEqual([
    'problem internal-error',
    'overlay off',
    'status There is no network.',
    'status message-unknown',
    'closed',
  ]);
});
