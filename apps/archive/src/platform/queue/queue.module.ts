/**
 * The one queue of the archive, in PostgreSQL or, with HOLDFAST_REDIS_URL, in Redis: opened when every feature has
 * named its handlers, stopped before the database.
 */
import { Global, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { archiveLimits } from '../../limits.js';
import { ArchiveIdentity } from '../archive-identity/archive-identity.js';
import { Log } from '../logging/log.js';
import { SpacedWarnings } from '../logging/spaced-warnings.js';
import { Metrics } from '../metrics/metrics.js';
import { ArchiveSettings } from '../settings.js';
import { BullmqWakeQueue } from './bullmq-wake-queue.js';
import { PostgresBackend } from './postgres-backend.js';
import type { QueueBackend } from './queue-backend.js';
import { RedisBackend } from './redis-backend.js';
import { jobNames, WakeQueue, type JobName } from './wake-queue.js';

@Global()
@Module({
  providers: [
    {
      provide: WakeQueue,
      inject: [ArchiveSettings, ArchiveIdentity, Log, Metrics],
      useFactory: (settings: ArchiveSettings, identity: ArchiveIdentity, log: Log, metrics: Metrics) => {
        const warnings = new SpacedWarnings(log, archiveLimits.repeatedWarningEveryMs);
        const wakes = metrics.counter('holdfast_queue_wakes_total', 'Jobs that the queue has woken.', [
          'job',
        ]);
        const failures = metrics.counter(
          'holdfast_queue_failures_total',
          'Jobs that failed, and errors of the queue itself (job "none").',
          ['job'],
        );
        for (const job of jobNames) wakes.inc({ job }, 0);
        for (const job of [...jobNames, 'none']) failures.inc({ job }, 0);
        const trouble = (error: unknown, job?: JobName) => {
          failures.inc({ job: job ?? 'none' });
          warnings.warn({ error, ...(job === undefined ? {} : { job }) }, 'the queue met an error');
        };
        const backend = backendOf(settings, identity, log);
        return new BullmqWakeQueue(backend, trouble, { onWake: (job) => wakes.inc({ job }) });
      },
    },
  ],
  exports: [WakeQueue],
})
export class QueueModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly queue: WakeQueue) {}

  onApplicationBootstrap(): Promise<void> {
    return this.queue.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.queue.stop();
  }
}

function backendOf(
  { databaseUrl, redisUrl }: ArchiveSettings,
  { id }: ArchiveIdentity,
  log: Log,
): QueueBackend {
  if (redisUrl === undefined) return new PostgresBackend(databaseUrl!);
  const sentence =
    'Redis may throw away what the queue holds, and deliveries would be later: set its maxmemory-policy to noeviction';
  return new RedisBackend({
    url: redisUrl,
    archiveId: id,
    onEviction: (policy) => log.warn({ policy }, sentence),
  });
}
