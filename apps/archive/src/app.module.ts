/** The archive: the platform, and one module for each feature. */
import { Module, type DynamicModule } from '@nestjs/common';
import { CratesModule } from './crates/crates.module.js';
import { ErrandsModule } from './errands/errands.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { GossipModule } from './gossip/gossip.module.js';
import { MailboxesModule } from './mailboxes/mailboxes.module.js';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';
import { QueueModule } from './platform/queue/queue.module.js';
import { PeersModule } from './peers/peers.module.js';
import { RelayModule } from './relay/relay.module.js';
import { RecordsModule } from './records/records.module.js';

@Module({})
export class AppModule {
  static of(parts: PlatformParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.of(parts),
        QueueModule,
        CratesModule,
        ErrandsModule,
        MailboxesModule,
        PeersModule,
        RecordsModule,
        GossipModule,
        RelayModule,
        GatewayModule,
      ],
    };
  }
}
