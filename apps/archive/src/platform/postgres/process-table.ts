/**
 * What the operating system says about a process, to tell one that still lives from a number that was given
 * to another since. Linux answers from /proc, other systems from `ps`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const hasProc = existsSync('/proc/self/stat');

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(pid);
}

/** An opaque mark that differs between two processes which had the same number; undefined when there is none. */
export function startMarkOf(pid: number): string | undefined {
  if (hasProc) return statFieldsOf(pid)?.[19];
  return ask('lstart=', pid);
}

export function commandOf(pid: number): string {
  if (!hasProc) return ask('command=', pid) ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** The folder that the process works in, as far as this user may know. */
export function workingFolderOf(pid: number): string | undefined {
  try {
    return hasProc ? realpathSync(`/proc/${pid}/cwd`) : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves to whether the condition came true within the time. */
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await pause(15);
  }
  return true;
}

function isZombie(pid: number): boolean {
  return hasProc && statFieldsOf(pid)?.[0] === 'Z';
}

/** The fields of proc_pid_stat(5) from the third on: the second, the name, may hold spaces and brackets. */
function statFieldsOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function ask(column: string, pid: number): string | undefined {
  const { stdout } = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' });
  return stdout?.trim() || undefined;
}
