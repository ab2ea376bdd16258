/** What every command has at hand: its settings, where it speaks, the signal that ends it, and a client when it needs one. */
import type { Command } from 'commander';
import { createClient, memoryStorage, type Client } from '@holdfast/client';
import { fileStorage } from '@holdfast/client/node';
import { join } from 'node:path';
import { findIdentity, requireIdentity, signingKeyOf } from './home/identity.js';
import { openPrivateFolder } from './home/private-file.js';
import { Output, type OutputStreams } from './output/output.js';
import { readSettings, type GlobalFlags, type Settings } from './settings.js';

export interface Surroundings extends OutputStreams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

export interface Context {
  readonly settings: Settings;
  readonly output: Output;
  readonly surroundings: Surroundings;
  readonly signal: AbortSignal;
}

export type ContextOf = (command: Command) => Context;

export const contextMaker =
  (surroundings: Surroundings): ContextOf =>
  (command) => {
    const settings = readSettings(command.optsWithGlobals<GlobalFlags>(), surroundings.environment);
    return {
      settings,
      output: new Output(surroundings, settings.json),
      surroundings,
      signal: surroundings.signal,
    };
  };

export interface ClientUse {
  /** Without an identity, `required` refuses with `identity-missing`. */
  readonly identity: 'required' | 'optional';
  /** Beside the archives of the settings. */
  readonly archives?: readonly string[];
  /** Uses no local store: nothing that was kept is read, and nothing is kept. */
  readonly isStoreEmpty?: boolean;
}

/** Gives the work a client, and closes it whatever happens. */
export async function withClient<T>(
  { settings }: Context,
  use: ClientUse,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { home } = settings;
  const identity = use.identity === 'required' ? await requireIdentity(home) : await findIdentity(home);
  // Somebody who only reads leaves no folder behind.
  const isKept = identity !== undefined && use.isStoreEmpty !== true;
  if (isKept) await openPrivateFolder(home);
  const storage = isKept ? await fileStorage(join(home, 'store')) : memoryStorage();
  const archives = [...new Set([...settings.archives, ...(use.archives ?? [])])];
  const client = createClient({
    archives,
    storage,
    ...(identity === undefined ? {} : { identity: signingKeyOf(identity) }),
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** A signal that aborts with the command's own or after a while. */
export const within = (signal: AbortSignal, seconds: number): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
