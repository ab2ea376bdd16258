/**
 * The running server of one data folder, as PostgreSQL's own postmaster.pid tells: whether it still lives, is
 * ready, or left the file behind when it was killed. Tells a live server from a number reused by another program.
 */
import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { commandOf, isAlive, waitUntil, workingFolderOf } from './process-table.js';

export interface PostmasterFile {
  readonly pid: number;
  readonly isReady: boolean;
}

/** Lines 1 and 8 of the file: the process number and the state (src/include/utils/pidfile.h). */
export function readPostmasterFile(cluster: string): PostmasterFile | undefined {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number.parseInt(lines[0] ?? '', 10), isReady: lines[7]?.trim() === 'ready' };
  } catch {
    return undefined;
  }
}

/**
 * Stops a server that outlived its archive, so that a new one can start. The file of one that is dead stays for
 * PostgreSQL, which learns from it whether processes of that server still write; it is removed only where it would
 * keep PostgreSQL from starting for nothing: when its number belongs to another program now, or cannot be read.
 */
export async function clearAway(cluster: string, log: (line: string) => void): Promise<void> {
  const file = readPostmasterFile(cluster);
  if (file === undefined) return;
  if (isServerOf(file.pid, cluster)) {
    log(`stopping the PostgreSQL (process ${file.pid}) that a killed archive left running`);
    await stopPostmaster(file.pid);
  } else if (!(file.pid > 1) || isAlive(file.pid)) {
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
  }
}

/** SIGINT is PostgreSQL's fast shutdown (clients are disconnected, all is written), SIGQUIT its immediate one. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw new HoldfastError(
        'data-folder-busy',
        `The PostgreSQL of the data folder (process ${pid}) belongs to another user: stop it as that user.`,
        { pid },
        { cause: error },
      );
    }
    if (await waitUntil(() => !isAlive(pid), archiveLimits.postgresStopMsMax)) return;
  }
}

function isServerOf(pid: number, cluster: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return false;
  const command = commandOf(pid);
  if (!command.includes('postgres')) return false;
  return workingFolderOf(pid) === realpathSync(cluster) || command.includes(cluster);
}
