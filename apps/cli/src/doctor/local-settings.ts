/** The settings of an archive on this machine, as far as an examination needs them. The archive itself checks all. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface LocalSettings {
  readonly port: number;
  /** Where it listens; undefined when no setting says. */
  readonly url: string | undefined;
  readonly dataFolder: string;
  /** Holds a password: it is never shown. */
  readonly databaseUrl: string | undefined;
  /** Holds a password: it is never shown. */
  readonly redisUrl: string | undefined;
}

/** @returns the settings, or a sentence that says which of them is wrong */
export function readLocalSettings(environment: NodeJS.ProcessEnv): LocalSettings | string {
  try {
    const [portGiven, host] = ['HOLDFAST_PORT', 'HOLDFAST_HOST'].map((name) => valueOf(name, environment));
    const port = portGiven ?? '7070';
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
      return 'HOLDFAST_PORT must be a port number between 1 and 65535.';
    }
    const databaseUrl = valueOf('DATABASE_URL', environment);
    if (databaseUrl !== undefined && !isUrl(databaseUrl, /^postgres(ql)?:$/)) {
      return 'DATABASE_URL must be a URL such as postgresql://user:password@host:5432/database.';
    }
    const redisUrl = valueOf('HOLDFAST_REDIS_URL', environment);
    if (redisUrl !== undefined && !isUrl(redisUrl, /^rediss?:$/)) {
      return 'HOLDFAST_REDIS_URL must be a URL such as redis://user:password@host:6379.';
    }
    const dataFolder = resolve(valueOf('HOLDFAST_DATA', environment) ?? './data');
    const url = portGiven === undefined && host === undefined ? undefined : urlOf(host, port);
    return { port: Number(port), url, dataFolder, databaseUrl, redisUrl };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Where the archive of this machine listens, when its settings say so. */
export function archiveHere(environment: NodeJS.ProcessEnv): string | undefined {
  const settings = readLocalSettings(environment);
  return typeof settings === 'string' ? undefined : settings.url;
}

function urlOf(host: string | undefined, port: string): string {
  const isAny = host === undefined || host === '0.0.0.0' || host === '::';
  return `http://${isAny ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`;
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

const isUrl = (text: string, protocols: RegExp): boolean =>
  URL.canParse(text) && protocols.test(new URL(text).protocol);
