/**
 * The archive's data folder: made and marked as Holdfast's own on first use, refused when it holds something
 * else, and held by one archive at a time. The lock is a file with a process number and that process's start
 * mark, so one left behind by a killed archive never blocks the next.
 */
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HoldfastError } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { isAlive, startMarkOf } from './process-table.js';

const markerName = 'holdfast.json';
const lockName = 'archive.lock';
const formatVersion = 1;

export interface DataFolder {
  readonly path: string;
  release(): void;
}

/** @throws HoldfastError `data-folder-foreign`, `data-folder-busy` */
export function claimDataFolder(folder: string): DataFolder {
  const path = resolve(folder);
  mark(path);
  try {
    return { path, release: lock(path) };
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw foreign(path, `cannot be locked (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
}

function mark(path: string): void {
  let names: string[];
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    names = readdirSync(path);
    if (names.length === 0) {
      writeFileSync(
        join(path, markerName),
        `${JSON.stringify({ holdfast: 'data', version: formatVersion })}\n`,
      );
      return;
    }
  } catch (cause) {
    throw foreign(path, `cannot be used as a data folder (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
  if (!names.includes(markerName)) {
    throw foreign(path, 'is not empty and was not made by Holdfast');
  }
  const version = versionOf(join(path, markerName));
  if (version !== formatVersion) {
    throw foreign(
      path,
      `has a ${markerName} of version ${version ?? 'unknown'}, and this Holdfast knows ${formatVersion}`,
    );
  }
}

function foreign(path: string, what: string, cause?: unknown): HoldfastError {
  const sentence = `${path} ${what}: set HOLDFAST_DATA to a new or empty folder that you may write to.`;
  return new HoldfastError('data-folder-foreign', sentence, { folder: path }, { cause });
}

function versionOf(marker: string): number | undefined {
  try {
    const { version } = JSON.parse(readFileSync(marker, 'utf8')) as { version?: unknown };
    return typeof version === 'number' ? version : undefined;
  } catch {
    return undefined;
  }
}

function lock(path: string): () => void {
  const file = join(path, lockName);
  const mine = JSON.stringify({ pid: process.pid, started: startMarkOf(process.pid) });
  for (let attempt = 1; !create(file, mine); attempt += 1) {
    if (attempt === archiveLimits.dataFolderLockAttemptsMax) {
      throw foreign(path, `has an ${lockName} that can be neither read nor replaced`);
    }
    const found = read(file);
    const holder = found === undefined ? undefined : liveHolderOf(found);
    if (holder !== undefined) {
      throw new HoldfastError(
        'data-folder-busy',
        `Another archive (process ${holder}) uses ${path}: stop it, or set HOLDFAST_DATA to another folder.`,
        { folder: path, pid: holder },
      );
    }
    if (found !== undefined) removeStale(file, found);
  }
  return () => {
    if (read(file) === mine) rmSync(file, { force: true });
  };
}

/** Moved aside before it is judged again: two archives that start at once must not remove each other's new lock. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== stale) linkSync(aside, file);
  } catch {
    // Somebody else was faster; the next attempt to create the lock decides.
  }
  rmSync(aside, { force: true });
}

function create(file: string, content: string): boolean {
  const complete = `${file}.new.${process.pid}`;
  writeFileSync(complete, content, { mode: 0o600 });
  try {
    linkSync(complete, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(complete, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function liveHolderOf(content: string): number | undefined {
  try {
    const { pid, started } = JSON.parse(content) as { pid: number; started?: string };
    return isAlive(pid) && startMarkOf(pid) === started ? pid : undefined;
  } catch {
    return undefined;
  }
}
