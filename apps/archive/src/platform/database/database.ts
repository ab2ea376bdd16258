/**
 * The pool of connections that the whole archive shares: hand-written SQL goes through here, Prisma through the same
 * pool (prisma.service.ts). Beside it the log and the probe of health have a connection each. Connecting checks that
 * the server can be used and applies the migrations.
 */
import { HoldfastError } from '@holdfast/protocol';
import pg from 'pg';
import { archiveLimits } from '../../limits.js';
import { applyMigrations } from '../migrations/migration-runner.js';
import { explainConnectionFailure } from './connection-failure.js';
import { ConnectionPool } from './connection-pool.js';
import type { Log } from '../logging/log.js';

const oldestServerVersion = 150_000;

export class Database {
  private constructor(
    readonly pool: ConnectionPool,
    /** One connection for the log, to which statements are sent without waiting for the answers before them. */
    readonly pipeline: ConnectionPool,
    private readonly probing: ConnectionPool,
  ) {}

  /** @throws HoldfastError `database-unreachable`, `database-unsuitable`, `migration-failed` */
  static async connect(
    url: string,
    log: Log,
    bounds: { readonly databaseQueryMsMax: number } = archiveLimits,
  ): Promise<Database> {
    const connection = {
      connectionString: url,
      application_name: 'holdfast',
      // An acknowledgement is a promise, whatever the server's or the role's default is.
      // A client's machine that has vanished is noticed within half a minute, and holds no lock for longer.
      options:
        '-c synchronous_commit=on -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4',
      connectionTimeoutMillis: archiveLimits.databaseConnectMsMax,
      keepAlive: true,
      keepAliveInitialDelayMillis: archiveLimits.databaseKeepAliveMs,
    };
    await prepare(connection, url, log);
    const working = {
      ...connection,
      idleTimeoutMillis: archiveLimits.databaseIdleMsMax,
      // Of a server that has vanished without a word, nothing else would tell for many minutes.
      query_timeout: bounds.databaseQueryMsMax,
    };
    const pool = new ConnectionPool({
      ...working,
      // What has a name is prepared once, and is planned well for any values: planning it anew takes longer than running it.
      options: `${connection.options} -c plan_cache_mode=force_generic_plan`,
      max: archiveLimits.databaseConnectionsMax,
    });
    const pipeline = new ConnectionPool({ ...working, max: 1, pipeline: true });
    const probing = new ConnectionPool({
      ...connection,
      max: 1,
      connectionTimeoutMillis: archiveLimits.healthQueryMsMax,
      query_timeout: archiveLimits.healthQueryMsMax,
    });
    probing.on('error', () => undefined);
    // A connection that breaks is replaced at the next use; without a listener, idle or in use, it would end the process.
    for (const each of [pool, pipeline]) {
      each.on('error', () => undefined);
      each.on('connect', (client) => {
        client.on('error', (error) => log.warn({ error }, 'a database connection broke'));
      });
    }
    return new Database(pool, pipeline, probing);
  }

  /** Whether the database answers, asked on a connection of its own: being busy is no sickness. */
  isThere(): Promise<boolean> {
    return this.probing.query('select 1').then(
      () => true,
      () => false,
    );
  }

  query<Row extends pg.QueryResultRow>(
    text: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>> {
    return this.pool.query<Row>(text, values);
  }

  /** Several statements, all or none of them. */
  async transaction<Outcome>(work: (client: pg.PoolClient) => Promise<Outcome>): Promise<Outcome> {
    const client = await this.pool.connect();
    let broken = false;
    try {
      await client.query('begin');
      const outcome = await work(client);
      await client.query('commit');
      return outcome;
    } catch (error) {
      // What has not answered in time still waits for that answer, and with it would whoever asks next.
      broken = !(error instanceof pg.DatabaseError);
      if (!broken) await client.query('rollback').catch(() => (broken = true));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Resolves when the server has let go of every connection. */
  async close(): Promise<void> {
    await Promise.all([this.pool.close(), this.pipeline.close(), this.probing.close()]);
  }
}

/** On a connection of its own, because a migration may take longer than any query may. */
async function prepare(connection: pg.ClientConfig, url: string, log: Log): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect().catch((cause: unknown) => {
      throw explainConnectionFailure(cause, url);
    });
    await requireSuitableServer(client);
    const applied = await applyMigrations(client);
    if (applied.length > 0) log.info({ migrations: applied }, 'the database was migrated');
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function requireSuitableServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string }>(
    `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding`,
  );
  const { version, encoding } = rows[0]!;
  if (Number(version) < oldestServerVersion) {
    const major = Math.floor(Number(version) / 10_000);
    throw unsuitable(
      `DATABASE_URL names a PostgreSQL ${major}, and 15 is the oldest that works: use a newer server.`,
    );
  }
  if (encoding !== 'UTF8') {
    throw unsuitable(
      `The database that DATABASE_URL names is encoded as ${encoding}: create one with encoding UTF8.`,
    );
  }
}

function unsuitable(sentence: string): HoldfastError {
  return new HoldfastError('database-unsuitable', sentence);
}
