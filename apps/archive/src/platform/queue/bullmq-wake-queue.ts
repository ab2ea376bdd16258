/**
 * The wake queue on BullMQ's PostgreSQL backend: everything that this program knows of BullMQ stands here. It has a
 * small pool of its own, because the worker holds one connection for LISTEN, BullMQ finds its tables by `search_path`,
 * and its commits need not wait for the disk. The schema is made again when somebody drops it: what it held were wakes.
 */
import {
  createPostgresBackend,
  Queue,
  runMigrations,
  Worker,
  type Job,
  type JobProgress,
  type PgPool,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
} from 'bullmq';
import { HoldfastError } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { ConnectionPool } from '../database/connection-pool.js';
import { JobHandlers } from './job-handlers.js';
import { WakeQueue, type JobHandler, type JobName, type QueueTrouble } from './wake-queue.js';

const schema = 'bullmq';
const queueName = 'wakes';
/** What PostgreSQL says when the schema, a table or a function of the queue is missing. */
const missing = new Set(['3F000', '42P01', '42883']);

const notPermitted = '42501';

interface Wake {
  readonly subject: string;
}

export interface BullmqWakeQueueOptions {
  /** Told of every job before its handler is called. */
  readonly onWake?: (job: JobName) => void;
  readonly queryMsMax?: number;
}

export class BullmqWakeQueue extends WakeQueue {
  private readonly handlers = new JobHandlers();
  private readonly pool: ConnectionPool;
  private queue: ReturnType<typeof makeQueue> | undefined;
  private worker: ReturnType<typeof makeWorker> | undefined;
  /** When each waiting wake of this process is due: what need not be asked of the database again. */
  private readonly waiting = new Map<string, number>();
  private readonly repeating = new Map<JobName, number>();
  private restoring: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    databaseUrl: string,
    private readonly trouble: QueueTrouble,
    private readonly options: BullmqWakeQueueOptions = {},
  ) {
    super();
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
    this.pool.on('connect', (client) => void client.on('error', (error) => this.trouble(error)));
  }

  handle(job: JobName, handler: JobHandler): void {
    this.handlers.set(job, handler);
  }

  /** @throws HoldfastError `database-unsuitable` when the schema cannot be made */
  async start(): Promise<void> {
    this.handlers.requireAll();
    await this.prepare().catch((cause: { code?: string }) => {
      if (cause.code !== notPermitted) throw cause;
      const sentence =
        'The database user may not make the schema bullmq: grant it CREATE on the database, or make the schema for it.';
      throw new HoldfastError('database-unsuitable', sentence, {}, { cause });
    });
    // BullMQ describes the pool it takes more loosely than @types/pg does, and takes this one.
    const connection = this.pool as unknown as PgPool;
    this.queue = makeQueue(connection);
    this.worker = makeWorker(connection, (job) => this.run(job));
    this.queue.on('error', (error) => this.met(error));
    this.worker.on('error', (error) => this.met(error));
    await this.worker.waitUntilReady();
    await this.repeatAll();
  }

  async wake(job: JobName, subject: string, at: number): Promise<void> {
    const queue = this.queue;
    if (queue === undefined || this.stopping !== undefined) return;
    const name = `${job} ${subject}`;
    const known = this.waiting.get(name);
    // A wake that is long overdue has been lost with its row.
    if (known !== undefined && known <= at && known > Date.now() - archiveLimits.queueLateMsMax) return;
    if (this.waiting.size >= archiveLimits.queueWaitingMax) this.waiting.clear();
    this.waiting.set(name, at);
    try {
      await queue.add(
        job,
        { subject },
        {
          delay: Math.max(0, at - Date.now()),
          deduplication: { id: name, keepLastIfActive: true, reschedule: true },
        },
      );
    } catch (error) {
      this.waiting.delete(name);
      this.met(error);
    }
  }

  async repeat(job: JobName, everyMs: number): Promise<void> {
    this.repeating.set(job, everyMs);
    await this.repeatAll();
  }

  stop(): Promise<void> {
    this.stopping ??= this.close();
    return this.stopping;
  }

  private async close(): Promise<void> {
    await this.restoring;
    await this.worker?.close();
    await this.queue?.close();
    await this.pool.close();
  }

  private async run(job: Job<Wake, void, JobName>): Promise<void> {
    const { subject } = job.data;
    this.waiting.delete(`${job.name} ${subject}`);
    const handler = this.handlers.of(job.name);
    // A newer or older version of this program may have asked for a job that this one does not know.
    if (handler === undefined) return;
    this.options.onWake?.(job.name);
    try {
      await handler(subject);
    } catch (error) {
      this.trouble(error, job.name);
    }
  }

  private async prepare(): Promise<void> {
    const client = await this.pool.connect();
    try {
      await runMigrations(client, schema);
    } finally {
      client.release();
    }
  }

  private async repeatAll(): Promise<void> {
    for (const [job, every] of this.repeating) {
      await this.queue?.upsertJobScheduler(job, { every }, { name: job, data: { subject: job } });
    }
  }

  private met(error: unknown): void {
    if (this.stopping) return;
    this.trouble(error);
    if (!missing.has((error as { code?: string }).code ?? '')) return;
    this.restoring ??= this.prepare()
      .then(() => {
        this.waiting.clear();
        return this.repeatAll();
      })
      .catch((failure: unknown) => this.trouble(failure))
      .finally(() => (this.restoring = undefined));
  }
}

const makeQueue = (connection: PgPool) =>
  new Queue<Wake, void, JobName, Wake, void, JobName, PostgresQueueBackend, PostgresConnectionOptions>(
    queueName,
    {
      connection,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
      streams: { events: { maxLen: archiveLimits.queueEventsMax } },
    },
    createPostgresBackend,
  );

const makeWorker = (connection: PgPool, run: (job: Job<Wake, void, JobName>) => Promise<void>) =>
  new Worker<Wake, void, JobName, PostgresQueueBackend, JobProgress, PostgresConnectionOptions>(
    queueName,
    run,
    {
      connection,
      concurrency: archiveLimits.queueConcurrency,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
      runRetryDelay: archiveLimits.queueRetryMs,
      // LISTEN wakes the worker; this is how long it trusts that alone.
      drainDelay: archiveLimits.queueIdleSecondsMax,
    },
    createPostgresBackend,
  );
