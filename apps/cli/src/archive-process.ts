/**
 * Runs the built archive as a child process. The archive is a program of its own, so the command knows only where it
 * is and its settings' names: it is started, told of signals, and its exit status is the command's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HoldfastError } from '@holdfast/protocol';
import type { Context } from './context.js';
import { exitStatus } from './output/exit-status.js';

const program = fileURLToPath(new URL('../../archive/dist/main.js', import.meta.url));

export const isArchiveBuilt = (): boolean => existsSync(program);

export async function startArchive({ signal, surroundings }: Context): Promise<number> {
  if (!isArchiveBuilt()) {
    throw new HoldfastError(
      'file-unreadable',
      `There is no built archive at ${program}: run "npm run build", or npm start, which does.`,
    );
  }
  const child = spawn(process.execPath, [program], { stdio: 'inherit', env: surroundings.environment });
  // A Ctrl-C reaches the child by itself, being typed for both; the archive takes two so close together for one.
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  const [status] = (await once(child, 'exit')) as [number | null];
  signal.removeEventListener('abort', stop);
  return status ?? exitStatus.failed;
}
