/** Mailboxes: who may collect from them, and the delivery of crates to those who do. */
import { Module } from '@nestjs/common';
import { CratesModule } from '../crates/crates.module.js';
import { DeliveryService } from './delivery.service.js';
import { RecordsModule } from '../records/records.module.js';
import { MailboxOwners } from './mailbox-owners.js';
import { MailboxOperations } from './mailbox.operations.js';
import { WaitingCratesRepository } from './waiting-crates.repository.js';

@Module({
  imports: [CratesModule, RecordsModule],
  providers: [DeliveryService, MailboxOperations, MailboxOwners, WaitingCratesRepository],
})
export class MailboxesModule {}
