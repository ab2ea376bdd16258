/** What every command has at hand: its settings, where it speaks, the signal that ends it, and a client when it needs one. */
import type { Command } from 'commander';
import {
  archivesOfOutstanding,
  createClient,
  memoryStorage,
  type ArchiveAddress,
  type Client,
  type OverlayChoice,
  type Storage,
} from '@holdfast/client';
import { fileStorage } from '@holdfast/client/node';
import { join } from 'node:path';
import { cliLimits } from './limits.js';
import { findIdentity, requireIdentity, signingKeyOf } from './home/identity.js';
import { openPrivateFolder } from './home/private-file.js';
import { Output, type OutputStreams } from './output/output.js';
import { readSettings, type GlobalFlags, type Settings } from './settings.js';
import { within } from './within.js';

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
  (surroundings: Surroundings, read = readSettings): ContextOf =>
  (command) => {
    const settings = read(command.optsWithGlobals<GlobalFlags>(), surroundings.environment);
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
  /** Where those whom it is for are to be found: linked for their crates, and for nothing of one's own. */
  readonly archives?: readonly string[];
  /** Whether it goes into the overlay when HOLDFAST_OVERLAY says nothing of it; `off` when missing. */
  readonly overlay?: OverlayChoice;
  /** Says on stderr when an archive is waited for: for commands that go on for long. */
  readonly saysWaiting?: boolean;
}

/** Waits a little until what is in the outbox has had its chance. Once: a second call waits for nothing more. */
export type LastTries = () => Promise<void>;

/** Gives the work a client, and closes it whatever happens. */
export async function withClient<T>(
  { settings, output, signal }: Context,
  use: ClientUse,
  work: (client: Client, lastTries: LastTries) => Promise<T>,
): Promise<T> {
  const { home } = settings;
  const identity = use.identity === 'required' ? await requireIdentity(home) : await findIdentity(home);
  // Somebody who only reads leaves no folder behind.
  const isKept = identity !== undefined;
  if (isKept) await openPrivateFolder(home);
  const storage = isKept ? await fileStorage(join(home, 'store')) : memoryStorage();
  const client = createClient({
    archives: await addressesFor(settings, use.archives ?? [], storage),
    storage,
    overlay: settings.overlay ?? use.overlay ?? 'off',
    ...(identity === undefined ? {} : { identity: signingKeyOf(identity) }),
  });
  client.on('problem', (problem) => output.problem(problem));
  if (use.saysWaiting === true) sayWaiting(client, output);
  let tries: Promise<void> | undefined;
  const lastTries: LastTries = () =>
    (tries ??= client
      .tried({ signal: within(signal, cliLimits.lastTriesSecondsMax) })
      .catch(() => undefined));
  try {
    const result = await work(client, lastTries);
    // What was left in the outbox gets its chance before the process ends.
    if (!signal.aborted && client.archives.some(({ state }) => state.name === 'open')) await lastTries();
    return result;
  } finally {
    await client.close();
  }
}

/** The archives of the settings, and beside them those where messages go, or are that were sent before. */
async function addressesFor(
  { archives, archiveIds }: Settings,
  more: readonly string[],
  storage: Storage,
): Promise<readonly ArchiveAddress[]> {
  const others = new Set([...more, ...(await archivesOfOutstanding(storage))]);
  const elsewhere = [...others].filter((url) => !archives.includes(url));
  return [
    ...archives.map((url) => {
      const id = archiveIds.get(url);
      return id === undefined ? { url } : { url, id };
    }),
    ...elsewhere.map((url) => ({ url, cratesOnly: true })),
  ].slice(0, cliLimits.archivesMax);
}

/** Once for every time that a link is lost, or cannot be made. */
function sayWaiting(client: Client, output: Output): void {
  const waitedFor = new Set<string>();
  client.on('connection', ({ url, state }) => {
    if (state.name === 'open') waitedFor.delete(url);
    if (state.name !== 'waiting' || waitedFor.has(url)) return;
    waitedFor.add(url);
    output.remark(`waiting for the archive at ${url} (${state.detail.replace(/\.$/, '')})`);
  });
}
