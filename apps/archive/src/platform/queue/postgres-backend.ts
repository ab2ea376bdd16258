/**
 * Keeps the wakes in PostgreSQL. It has a small pool of its own, because the worker holds one connection for LISTEN,
 * BullMQ finds its tables by `search_path`, and its commits need not wait for the disk. The schema is made again when
 * somebody drops it: what it held were wakes.
 */
import {
  createPostgresBackend,
  Queue,
  runMigrations,
  Worker,
  type JobProgress,
  type PgPool,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
} from 'bullmq';
import { HoldfastError } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { ConnectionPool } from '../database/connection-pool.js';
import {
  queueName,
  queueOptions,
  workerOptions,
  type BackendEvents,
  type QueueBackend,
  type Wake,
  type WakeJob,
  type WakeJobs,
} from './queue-backend.js';
import type { JobName } from './wake-queue.js';

const schema = 'bullmq';
/** What PostgreSQL says when the schema, a table or a function of the queue is missing. */
const missing = new Set(['3F000', '42P01', '42883']);

const notPermitted = '42501';

export interface PostgresBackendOptions {
  readonly queryMsMax?: number;
}

export class PostgresBackend implements QueueBackend {
  private readonly pool: ConnectionPool;
  private queue: ReturnType<typeof makeQueue> | undefined;
  private worker: ReturnType<typeof makeWorker> | undefined;
  private events: BackendEvents | undefined;
  private repairing = false;

  constructor(databaseUrl: string, options: PostgresBackendOptions = {}) {
    this.pool = new ConnectionPool({
      connectionString: databaseUrl,
      max: archiveLimits.queueConnectionsMax,
      options: `-c search_path=${schema} -c synchronous_commit=off`,
      application_name: 'holdfast-queue',
      connectionTimeoutMillis: archiveLimits.queueConnectMsMax,
      keepAlive: true,
      keepAliveInitialDelayMillis: archiveLimits.databaseKeepAliveMs,
      // Of a server that has vanished without a word, nothing else would tell for many minutes.
      query_timeout: options.queryMsMax ?? archiveLimits.queueQueryMsMax,
    });
    // Idle or in use, a connection that breaks would end the process if nobody listened.
    this.pool.on('error', () => undefined);
    this.pool.on('connect', (client) => void client.on('error', (error) => this.events?.met(error)));
  }

  /** @throws HoldfastError `database-unsuitable` when the schema cannot be made */
  async open(events: BackendEvents): Promise<void> {
    this.events = events;
    await this.prepare().catch((cause: { code?: string }) => {
      if (cause.code !== notPermitted) throw cause;
      const sentence =
        'The database user may not make the schema bullmq: grant it CREATE on the database, or make the schema for it.';
      throw new HoldfastError('database-unsuitable', sentence, {}, { cause });
    });
    // BullMQ describes the pool it takes more loosely than @types/pg does, and takes this one.
    const connection = this.pool as unknown as PgPool;
    this.queue = makeQueue(connection);
    this.worker = makeWorker(connection, events.run);
    this.queue.on('error', events.met);
    this.worker.on('error', events.met);
    await this.worker.waitUntilReady();
  }

  get jobs(): WakeJobs | undefined {
    return this.queue;
  }

  /** Every wake asks the pool, which tells by itself that the database is away. */
  get failure(): undefined {
    return undefined;
  }

  repair(error: unknown): Promise<void> | undefined {
    if (this.repairing || !missing.has((error as { code?: string }).code ?? '')) return undefined;
    this.repairing = true;
    return this.prepare().finally(() => (this.repairing = false));
  }

  async close(): Promise<void> {
    await this.worker?.close();
    await this.queue?.close();
    await this.pool.close();
  }

  private async prepare(): Promise<void> {
    const client = await this.pool.connect();
    try {
      await runMigrations(client, schema);
    } finally {
      client.release();
    }
  }
}

const makeQueue = (connection: PgPool) =>
  new Queue<Wake, void, JobName, Wake, void, JobName, PostgresQueueBackend, PostgresConnectionOptions>(
    queueName,
    { connection, ...queueOptions },
    createPostgresBackend,
  );

const makeWorker = (connection: PgPool, run: (job: WakeJob) => Promise<void>) =>
  new Worker<Wake, void, JobName, PostgresQueueBackend, JobProgress, PostgresConnectionOptions>(
    queueName,
    run,
    // LISTEN wakes the worker; this is how long it trusts that alone.
    { connection, ...workerOptions, drainDelay: archiveLimits.queueIdleSecondsMax },
    createPostgresBackend,
  );
