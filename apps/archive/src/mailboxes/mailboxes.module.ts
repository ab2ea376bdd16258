/** Mailboxes: who may collect from them, and the delivery of crates to those who do. */
import { Module } from '@nestjs/common';
import { CrateEvents } from '../crates/crate-events.js';
import { CratesModule } from '../crates/crates.module.js';
import { DeliveryService } from './delivery.service.js';
import { RecordsModule } from '../records/records.module.js';
import { MailboxOwners } from './mailbox-owners.js';
import { MailboxOperations } from './mailbox.operations.js';
import { Log } from '../platform/logging/log.js';
import { WakeQueue } from '../platform/queue/wake-queue.js';
import { WaitingCratesRepository } from './waiting-crates.repository.js';

@Module({
  imports: [CratesModule, RecordsModule],
  providers: [
    {
      provide: DeliveryService,
      inject: [WaitingCratesRepository, CrateEvents, WakeQueue, Log],
      useFactory: (waiting: WaitingCratesRepository, events: CrateEvents, queue: WakeQueue, log: Log) =>
        new DeliveryService(waiting, events, queue, log),
    },
    MailboxOperations,
    MailboxOwners,
    WaitingCratesRepository,
  ],
})
export class MailboxesModule {}
