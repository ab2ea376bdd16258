/**
 * What every feature may ask for: settings, log, database, Prisma, the archive's identity, address, readiness, metrics,
 * who a client is and what the disk has free. They are made before Nest starts (start.ts), because the order in which
 * they start and stop is fixed.
 */
import { Module, type DynamicModule } from '@nestjs/common';
import { ArchiveIdentity } from './archive-identity/archive-identity.js';
import { ArchiveTokens } from './archive-identity/archive-tokens.js';
import { Horizon } from './archive-identity/horizon.js';
import { IntroductionController } from './archive-identity/introduction.controller.js';
import { KnownKeys } from './archive-identity/known-keys.js';
import { OperatorTokens } from './archive-identity/operator-tokens.js';
import { Database } from './database/database.js';
import { PrismaService } from './database/prisma.service.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { ClientNetworks } from './http/client-networks.js';
import { ArchiveAddress } from './http/archive-address.js';
import { Log } from './logging/log.js';
import { Metrics } from './metrics/metrics.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { PeerAddresses } from './outgoing/peer-addresses.js';
import { PeerRequests } from './outgoing/peer-requests.js';
import { DataDisk } from './postgres/data-disk.js';
import { ArchiveSettings } from './settings.js';
import { UpgradeDoors } from './web-sockets/upgrade-doors.js';

export interface PlatformParts {
  readonly settings: ArchiveSettings;
  readonly log: Log;
  readonly database: Database;
  readonly prisma: PrismaService;
  readonly identity: ArchiveIdentity;
  readonly address: ArchiveAddress;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly networks: ClientNetworks;
  readonly disk: DataDisk;
}

@Module({})
export class PlatformModule {
  static of(parts: PlatformParts): DynamicModule {
    const allowsPrivate = () => parts.settings.privatePeers ?? parts.address.isPrivate;
    const keys = new KnownKeys({
      strangers: new PeerRequests(new PeerAddresses(allowsPrivate)),
      operators: new PeerRequests(new PeerAddresses(() => true)),
    });
    const providers = [
      { provide: ArchiveSettings, useValue: parts.settings },
      { provide: Log, useValue: parts.log },
      { provide: Database, useValue: parts.database },
      { provide: PrismaService, useValue: parts.prisma },
      { provide: ArchiveIdentity, useValue: parts.identity },
      { provide: KnownKeys, useValue: keys },
      { provide: ArchiveTokens, useValue: new ArchiveTokens(parts.identity, { keys }) },
      { provide: OperatorTokens, useValue: new OperatorTokens(parts.identity) },
      { provide: Horizon, useValue: new Horizon(parts.database, parts.settings.scope.since) },
      { provide: ArchiveAddress, useValue: parts.address },
      { provide: Readiness, useValue: parts.readiness },
      { provide: Metrics, useValue: parts.metrics },
      { provide: ClientNetworks, useValue: parts.networks },
      { provide: DataDisk, useValue: parts.disk },
    ];
    return {
      module: PlatformModule,
      global: true,
      controllers: [HealthController, IntroductionController, OpenApiController],
      providers: [...providers, UpgradeDoors],
      exports: [...providers.map(({ provide }) => provide), UpgradeDoors],
    };
  }
}
