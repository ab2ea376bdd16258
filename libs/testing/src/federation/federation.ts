/**
 * Several real archives as processes with a database each, joined as operators join them, with a path of our own between
 * every two. Of a pair only one side has been given the other's address, which is the path's: so only that side dials,
 * and all that the two say to each other goes through the one path.
 */
import { Client } from 'pg';
import { bootArchive, type ArchiveProcess, type BootOptions } from '../archive-process.js';
import { NetworkPath } from '../network/network-path.js';
import type { OverheardMessage } from '../network/overheard-socket.js';
import { compareRecords, type ComparedRecords } from './held-records.js';
import { operate, operateJson } from './operator.js';

/** Places in `archives`: the first one dials the second. */
export type Pair = readonly [number, number];

export interface FederationOptions {
  readonly archives: number;
  readonly postgres?: BootOptions['postgres'];
  /** Further HOLDFAST_* settings, of each archive or of all. */
  readonly settings?: BootOptions['settings'] | ((place: number) => BootOptions['settings']);
  /** How far the clock of each is ahead, by place; right where nothing is named. */
  readonly clockOffsetsSeconds?: readonly number[];
  /** Which are joined: every two (default), or these. */
  readonly mesh?: 'full' | readonly Pair[];
}

export interface Federation {
  readonly archives: readonly ArchiveProcess[];
  /** Between two that are joined, in either order. */
  path(one: number, other: number): NetworkPath;
  readonly paths: readonly NetworkPath[];
  /** Bodies of records that archives have sent each other so far, as they went by on the paths. */
  readonly bodiesSent: number;
  /** Boots another archive, with nothing in it, and joins it with all the others, which it dials. */
  add(options?: BootOptions): Promise<ArchiveProcess>;
  /** The first dials the second, and is approved there. */
  join(dialer: number, dialed: number): Promise<void>;
  /** Resolves when every two that are joined have a link. All of them must be up, and their paths open. */
  linked(): Promise<void>;
  /** What all of them hold, in full. All of them must be up. */
  same(): Promise<ComparedRecords>;
  /** Resolves when all of them hold the same. */
  untilSame(): Promise<ComparedRecords>;
  destroy(): Promise<void>;
}

export async function bootFederation(options: FederationOptions): Promise<Federation> {
  const federation = new JoinedArchives(options.postgres);
  try {
    const { archives, settings, clockOffsetsSeconds = [], mesh = 'full' } = options;
    await Promise.all(
      Array.from({ length: archives }, (_, place) =>
        federation.boot(place, {
          settings: (typeof settings === 'function' ? settings(place) : settings) ?? {},
          clockOffsetSeconds: clockOffsetsSeconds[place] ?? 0,
        }),
      ),
    );
    for (const pair of mesh === 'full' ? everyTwo(archives) : mesh) await federation.join(...pair);
    await federation.linked();
    return federation;
  } catch (error) {
    await federation.destroy();
    throw error;
  }
}

const everyTwo = (count: number): Pair[] =>
  Array.from({ length: count }, (_, dialed) =>
    Array.from({ length: dialed }, (__, dialer): Pair => [dialer, dialed]),
  ).flat();

class JoinedArchives implements Federation {
  readonly archives: ArchiveProcess[] = [];
  bodiesSent = 0;
  readonly #paths = new Map<string, NetworkPath>();

  constructor(private readonly postgres: BootOptions['postgres']) {}

  async boot(place: number, options: BootOptions): Promise<ArchiveProcess> {
    const archive = await bootArchive({
      ...(this.postgres === undefined ? {} : { postgres: this.postgres }),
      ...options,
    });
    this.archives[place] = archive;
    return archive;
  }

  get paths(): readonly NetworkPath[] {
    return [...this.#paths.values()];
  }

  path(one: number, other: number): NetworkPath {
    const path = this.#paths.get(nameOf(one, other));
    if (path === undefined) throw new Error(`The archives ${one} and ${other} are not joined.`);
    return path;
  }

  async add(options: BootOptions = {}): Promise<ArchiveProcess> {
    const place = this.archives.length;
    const archive = await this.boot(place, options);
    for (let other = 0; other < place; other++) await this.join(place, other);
    return archive;
  }

  async join(dialer: number, dialed: number): Promise<void> {
    const [from, to] = [this.archives[dialer]!, this.archives[dialed]!];
    const path = await NetworkPath.open(to.url, (message) => this.#overhear(message));
    this.#paths.set(nameOf(dialer, dialed), path);
    await operate(from, 'peers', 'add', path.url);
    await until(() => hasAsked(to, from.id));
    await operate(to, 'peers', 'approve', from.id);
  }

  async linked(): Promise<void> {
    for (const [place, archive] of this.archives.entries()) {
      const others = this.archives.filter((_, other) => this.#paths.has(nameOf(place, other)));
      await until(async () => {
        const peers = (await operateJson(archive, 'peers', 'list')) as ListedPeer[];
        return others.every(({ id }) => peers.some((peer) => peer.id === id && peer.linked));
      });
    }
  }

  same(): Promise<ComparedRecords> {
    return compareRecords(this.archives.map(({ databaseUrl }) => databaseUrl));
  }

  async untilSame(): Promise<ComparedRecords> {
    for (;;) {
      const compared = await this.same();
      if (compared.isSame) return compared;
      await pause();
    }
  }

  async destroy(): Promise<void> {
    // The places of archives that have not started are empty.
    await Promise.allSettled(this.archives.filter(Boolean).map((archive) => archive.destroy()));
    await Promise.allSettled(this.paths.map((path) => path.close()));
  }

  #overhear({ text }: OverheardMessage): void {
    if (!text.includes('"records":[')) return;
    const { records } = JSON.parse(text) as { readonly records?: unknown };
    if (Array.isArray(records)) this.bodiesSent += records.length;
  }
}

/** As `holdfast archive peers list --json` prints it. */
interface ListedPeer {
  readonly id: string;
  readonly linked: boolean;
}

const nameOf = (one: number, other: number): string => `${Math.min(one, other)}-${Math.max(one, other)}`;

async function hasAsked(archive: ArchiveProcess, id: string): Promise<boolean> {
  const client = new Client({ connectionString: archive.databaseUrl });
  await client.connect();
  try {
    return (await client.query('select from peer where id = $1', [id])).rowCount === 1;
  } finally {
    await client.end();
  }
}

/** A test's own time limit ends it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause();
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
