/** The settings of a command: flags first, then HOLDFAST_HOME, HOLDFAST_ARCHIVE and HOLDFAST_OVERLAY, then what most people have. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { OverlayChoice } from '@holdfast/client';
import { archiveHere } from './doctor/local-settings.js';
import { archiveOptions, usageError } from './arguments/option-values.js';
import { cliLimits } from './limits.js';

export interface Settings {
  readonly home: string;
  readonly archives: readonly string[];
  /** The ids of those that were named with one, by URL. */
  readonly archiveIds: ReadonlyMap<string, string>;
  readonly json: boolean;
  /** Undefined: as suits the command. */
  readonly overlay: OverlayChoice | undefined;
}

/** The flags that every command takes. */
export interface GlobalFlags {
  readonly home?: string;
  readonly archive?: string;
  readonly json?: boolean;
}

const archiveDefault = 'http://127.0.0.1:7070';

/**
 * For commands about the archive of this machine: where its settings are at hand, they say where it listens. What people
 * use as clients (HOLDFAST_ARCHIVE) may well be somebody else's.
 */
export function readOperatorSettings(flags: GlobalFlags, environment: NodeJS.ProcessEnv): Settings {
  const here = archiveHere(environment);
  return readSettings(
    flags.archive === undefined && here !== undefined ? { ...flags, archive: here } : flags,
    environment,
  );
}

export function readSettings(flags: GlobalFlags, environment: NodeJS.ProcessEnv): Settings {
  const home = flags.home ?? nonEmpty(environment['HOLDFAST_HOME']) ?? join(homedir(), '.holdfast');
  const options = archiveOptions(
    flags.archive ?? nonEmpty(environment['HOLDFAST_ARCHIVE']) ?? archiveDefault,
  );
  const archives = options.map(({ url }) => url);
  const archiveIds = new Map(
    options.flatMap(({ url, id }) => (id === undefined ? [] : [[url, id] as const])),
  );
  if (home === '') throw usageError('--home names no folder.');
  if (archives.length === 0) throw usageError('--archive names no archive.');
  if (archives.length > cliLimits.archivesMax) {
    throw usageError(`At most ${cliLimits.archivesMax} archives can be used at once.`);
  }
  return {
    home: resolve(home),
    archives,
    archiveIds,
    json: flags.json === true,
    overlay: overlayChoice(nonEmpty(environment['HOLDFAST_OVERLAY'])),
  };
}

function overlayChoice(text: string | undefined): OverlayChoice | undefined {
  if (text === undefined || text === 'off' || text === 'observer' || text === 'server') return text;
  throw usageError('HOLDFAST_OVERLAY is off, observer or server.');
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
