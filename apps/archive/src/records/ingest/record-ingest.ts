/**
 * Takes records in: verified in threads, committed in groups, acknowledged after the commit. Verification of the next
 * batch runs beside the commit of the present one. Everything on its way is counted, and beyond the bound a record is
 * refused as `overloaded` at once. spec/records.md, "Publishing".
 */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HoldfastError, type PublishStatus } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { RecordCommits } from './record-commits.js';
import { RecordLog } from './record-log.js';
import { RecordVerifier } from './record-verifier.js';
import { SearchUpkeep } from './search-upkeep.js';

export interface Published {
  readonly id: string;
  readonly status: PublishStatus;
}

@Injectable()
export class RecordIngest implements OnApplicationShutdown {
  private readonly commits: RecordCommits;
  private records = 0;
  private bytes = 0;

  constructor(
    private readonly verifier: RecordVerifier,
    private readonly log: RecordLog,
    private readonly upkeep: SearchUpkeep,
  ) {
    this.commits = new RecordCommits({
      append: async (records) => {
        const outcomes = await log.append(records);
        upkeep.appended(records.length);
        return outcomes;
      },
      onTheirWay: () => this.records,
      bounds: {
        records: archiveLimits.recordsPerCommitMax,
        bytes: archiveLimits.recordBytesPerCommitMax,
        waitMs: archiveLimits.commitWaitMsMax,
      },
    });
  }

  /**
   * @returns after the commit
   * @throws HoldfastError the refusal's code; `overloaded`; the database's error when it is gone
   */
  async publish(jws: string): Promise<Published> {
    const weight = Math.max(jws.length, archiveLimits.recordWeightBytesMin);
    if (
      this.records >= archiveLimits.recordsQueuedMax ||
      this.bytes + weight > archiveLimits.recordBytesQueuedMax
    ) {
      throw new HoldfastError('overloaded', 'Too many records wait to be stored: try again in a moment.');
    }
    this.records += 1;
    this.bytes += weight;
    try {
      const verified = await this.verifier.verify(jws, Math.floor(Date.now() / 1000));
      if (!verified.ok) throw new HoldfastError(verified.code, verified.detail);
      const outcome = await this.commits.add(verified.value);
      if (outcome instanceof HoldfastError) throw outcome;
      return { id: verified.value.id, status: outcome };
    } finally {
      this.records -= 1;
      this.bytes -= weight;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.commits.idle();
    await this.verifier.close();
    this.log.close();
    await this.upkeep.close();
  }
}
