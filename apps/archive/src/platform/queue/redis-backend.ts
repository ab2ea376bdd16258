/**
 * Keeps the wakes in Redis. Redis may be away at the start or at any time, and may come back empty: the archive works
 * without it, connections are made again for ever, and nothing waits for one. Two connections ask and work because they
 * need opposite things: a wake must fail at once while Redis is away, and the worker must wait for it; BullMQ makes a
 * third one, which waits for jobs.
 */
import { Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { archiveLimits } from '../../limits.js';
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

/** How ioredis says that `commandTimeout` is over. */
const timedOut = 'Command timed out';

export interface RedisBackendInit {
  /** Holds a password: never log it. */
  readonly url: string;
  /**
   * Separates those who share a Redis. Wakes name rows of one archive's tables, and its id lives in the same database;
   * an address would not do: two archives often know their databases by one and the same.
   */
  readonly archiveId: string;
  /** Told once when Redis is set to throw keys away by itself, and by which policy. */
  readonly onEviction: (policy: string) => void;
  readonly answerMsMax?: number;
}

export class RedisBackend implements QueueBackend {
  private readonly prefix: string;
  private readonly clients: Redis[] = [];
  private asking: Redis | undefined;
  private working: Redis | undefined;
  private queue: ReturnType<typeof makeQueue> | undefined;
  private worker: ReturnType<typeof makeWorker> | undefined;
  private evictionTold = false;
  private resting: NodeJS.Timeout | undefined;
  private closing = false;
  failure: unknown = new Error('Redis has not been reached yet');

  constructor(private readonly init: RedisBackendInit) {
    // The braces make one hash slot of all keys, which BullMQ's scripts need behind a proxy that shards.
    this.prefix = `holdfast:{${init.archiveId}}`;
  }

  /** Waits a moment for Redis, so that no wake is lost where it is there. One that loads its data may take long. */
  async open(events: BackendEvents): Promise<void> {
    const answerMsMax = this.init.answerMsMax ?? archiveLimits.queueQueryMsMax;
    const asking = this.connect({
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: answerMsMax,
    });
    const working = this.connect({
      maxRetriesPerRequest: null,
      commandTimeout: archiveLimits.queueQueryMsMax,
    });
    this.asking = asking;
    this.working = working;
    asking.on('error', (error) => (this.failure = error));
    asking.on('ready', () => {
      events.emptied();
      void this.look(asking).catch(events.met);
    });
    this.queue = makeQueue(asking, this.prefix);
    this.worker = makeWorker(working, this.prefix, events.run);
    this.queue.on('error', events.met);
    this.worker.on('error', (error) => {
      events.met(error);
      if (error.name === 'ReplyError') this.rest();
    });
    this.worker.waitUntilReady().then(
      () => this.trustVersion(),
      () => undefined,
    );
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, archiveLimits.queueConnectMsMax);
      for (const news of ['ready', 'error'] as const) {
        asking.once(news, () => {
          clearTimeout(timer);
          resolve();
        });
      }
    });
  }

  get jobs(): WakeJobs | undefined {
    return this.asking?.status === 'ready' ? this.queue : undefined;
  }

  /** Of a Redis that has vanished without a word, nothing else would tell for many minutes. */
  repair(error: unknown): undefined {
    if ((error as Error).message !== timedOut) return;
    for (const client of this.clients) if (client.status === 'ready') client.disconnect(true);
  }

  async close(): Promise<void> {
    this.closing = true;
    clearTimeout(this.resting);
    // What the worker still has to say to a Redis that is away, or goes now, would be waited for in vain.
    const lost = new Promise<void>((resolve) => void this.working?.once('close', () => resolve()));
    const isThere = this.clients.every(({ status }) => status === 'ready');
    if (isThere) await Promise.race([this.worker?.close(), lost]);
    await Promise.all(this.clients.map(end));
    await this.worker?.close(true);
    await this.queue?.close();
  }

  private connect(options: RedisOptions): Redis {
    const client = new Redis(this.init.url, {
      ...options,
      connectionName: 'holdfast-queue',
      connectTimeout: archiveLimits.queueConnectMsMax,
      keepAlive: archiveLimits.databaseKeepAliveMs,
      retryStrategy: (times) =>
        this.closing ? null : Math.min(times * archiveLimits.redisRetryMsMin, archiveLimits.queueRetryMs),
    });
    // BullMQ makes its third connection of the second one.
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (override) => this.keep(duplicate(override));
    return this.keep(client);
  }

  private keep(client: Redis): Redis {
    this.clients.push(client);
    // BullMQ listens while it uses the connection; an error outside that time would be printed.
    client.on('error', () => undefined);
    return client;
  }

  /** A Redis that is full or read-only refuses every job, and BullMQ would ask again thousands of times a second. */
  private rest(): void {
    const { worker } = this;
    if (worker === undefined || this.resting !== undefined || this.closing) return;
    void worker.pause(true);
    this.resting = setTimeout(() => {
      this.resting = undefined;
      void worker.resume();
    }, archiveLimits.queueRetryMs);
  }

  /** BullMQ's own look at the version would print the policy for each connection, so that it is left out. */
  private async look(client: Redis): Promise<void> {
    const policy = /^maxmemory_policy:(\S+)/m.exec(await client.info('memory'))?.[1];
    if (policy === undefined || policy === 'noeviction' || this.evictionTold) return;
    this.evictionTold = true;
    this.init.onEviction(policy);
  }

  /** Without a look, BullMQ takes Redis for so old a version that it waits in whole seconds only. */
  private trustVersion(): void {
    const waiting = this.worker?.getBackend().blockingConnection;
    if (waiting !== undefined) waiting.capabilities = { canDoubleTimeout: true, canBlockFor1Ms: false };
  }
}

/** Ends a connection, and with it every command that waits for an answer. */
async function end(client: Redis): Promise<void> {
  if (client.status === 'end') return;
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  // `disconnect` alone would leave one that waits for its next try as it is for ever, with its commands.
  if (client.status === 'reconnecting') await client.connect().catch(() => undefined);
  client.disconnect();
  await ended;
}

const makeQueue = (connection: Redis, prefix: string) =>
  new Queue<Wake, void, JobName, Wake, void, JobName>(queueName, {
    connection,
    prefix,
    skipVersionCheck: true,
    ...queueOptions,
  });

const makeWorker = (connection: Redis, prefix: string, run: (job: WakeJob) => Promise<void>) =>
  new Worker<Wake, void, JobName>(queueName, run, {
    connection,
    prefix,
    skipVersionCheck: true,
    ...workerOptions,
    // Less than a connection may be silent.
    drainDelay: archiveLimits.redisIdleSecondsMax,
  });
