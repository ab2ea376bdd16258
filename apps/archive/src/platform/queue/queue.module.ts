/** The one queue of the archive: opened when every feature has named its handlers, stopped before the database. */
import { Global, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { archiveLimits } from '../../limits.js';
import { Log } from '../logging/log.js';
import { SpacedWarnings } from '../logging/spaced-warnings.js';
import { ArchiveSettings } from '../settings.js';
import { BullmqWakeQueue } from './bullmq-wake-queue.js';
import { WakeQueue } from './wake-queue.js';

@Global()
@Module({
  providers: [
    {
      provide: WakeQueue,
      inject: [ArchiveSettings, Log],
      useFactory: (settings: ArchiveSettings, log: Log) => {
        const warnings = new SpacedWarnings(log, archiveLimits.repeatedWarningEveryMs);
        return new BullmqWakeQueue(settings.databaseUrl!, (error, job) =>
          warnings.warn({ error, ...(job === undefined ? {} : { job }) }, 'the queue met an error'),
        );
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
