/** The fingerprints of the records that are held: kept in the background, opened by whoever compares. */
import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { archiveLimits } from '../../limits.js';
import { Database } from '../../platform/database/database.js';
import { Log } from '../../platform/logging/log.js';
import { SpacedWarnings } from '../../platform/logging/spaced-warnings.js';
import { LogListener } from '../../records/follow/log-listener.js';
import { RecordsModule } from '../../records/records.module.js';
import { RecordSets } from './record-sets.js';
import { SetKeeper } from './set-keeper.js';
import { SetUpkeep } from './set-upkeep.js';

@Module({
  imports: [RecordsModule],
  providers: [
    {
      provide: SetKeeper,
      inject: [Database],
      useFactory: (database: Database) => new SetKeeper(database),
    },
    {
      provide: RecordSets,
      inject: [SetKeeper, Database],
      useFactory: (keeper: SetKeeper, database: Database) => new RecordSets(keeper, database),
    },
    {
      provide: SetUpkeep,
      inject: [SetKeeper, Log],
      useFactory: (keeper: SetKeeper, log: Log) => {
        const warnings = new SpacedWarnings(log, archiveLimits.repeatedWarningEveryMs);
        return new SetUpkeep(keeper, (error) =>
          warnings.warn({ error }, 'the fingerprints could not follow the log; it is tried again'),
        );
      },
    },
  ],
  exports: [RecordSets],
})
export class FingerprintsModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly listener: LogListener,
    private readonly keeper: SetKeeper,
    private readonly upkeep: SetUpkeep,
    private readonly sets: RecordSets,
  ) {}

  onApplicationBootstrap(): void {
    this.listener.tellAlso(this.upkeep.poke);
    this.upkeep.start();
  }

  async onApplicationShutdown(): Promise<void> {
    this.keeper.close();
    await this.upkeep.stop();
    this.sets.close();
  }
}
