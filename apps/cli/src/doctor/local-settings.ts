/** The settings of an archive on this machine, as far as an examination needs them. The archive itself checks all. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface LocalSettings {
  readonly port: number;
  readonly dataFolder: string;
  /** Holds a password: it is never shown. */
  readonly databaseUrl: string | undefined;
}

/** @returns the settings, or a sentence that says which of them is wrong */
export function readLocalSettings(environment: NodeJS.ProcessEnv): LocalSettings | string {
  try {
    const port = valueOf('HOLDFAST_PORT', environment) ?? '7070';
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
      return 'HOLDFAST_PORT must be a port number between 1 and 65535.';
    }
    const databaseUrl = valueOf('DATABASE_URL', environment);
    if (databaseUrl !== undefined && !isPostgresUrl(databaseUrl)) {
      return 'DATABASE_URL must be a URL such as postgresql://user:password@host:5432/database.';
    }
    const dataFolder = resolve(valueOf('HOLDFAST_DATA', environment) ?? './data');
    return { port: Number(port), dataFolder, databaseUrl };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Each setting may come from a file that NAME_FILE names, as containers hand over secrets. */
function valueOf(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const direct = environment[name] || undefined;
  const file = environment[`${name}_FILE`] || undefined;
  if (file === undefined) return direct;
  if (direct !== undefined) throw new Error(`${name} and ${name}_FILE are both set: keep one.`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`${name}_FILE names ${file}, which cannot be read (${code}).`, { cause });
  }
}

const isPostgresUrl = (text: string): boolean =>
  URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
