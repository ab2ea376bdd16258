/**
 * Takes records in: verified in threads, committed in groups, acknowledged after the commit. Verification of the next
 * batch runs beside the commit of the present one. Everything on its way is counted, and beyond the bound a record is
 * refused as `overloaded` at once. spec/records.md, "Publishing".
 */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HoldfastError, type PublishStatus } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { GroupCommit } from '../../platform/database/group-commit.js';
import { asHoldfastError } from '../../platform/http/failure.js';
import { RecordMetrics } from '../record-metrics.js';
import { RecordLog, type AppendOutcome } from './record-log.js';
import { RecordVerifier, type VerifiedRecord } from './record-verifier.js';
import { SearchUpkeep } from './search-upkeep.js';

export interface Published {
  readonly id: string;
  readonly status: PublishStatus;
}

/** Two leave the database idle between commits when records come as fast as they are answered for; four are no faster. */
const groupsOnTheirWay = 3;

@Injectable()
export class RecordIngest implements OnApplicationShutdown {
  private readonly commits = new GroupCommit<VerifiedRecord, AppendOutcome>({
    commit: (records) => this.commit(records),
    bytesOf: ({ sizeBytes }) => sizeBytes,
    perCommit: { items: archiveLimits.recordsPerCommitMax, bytes: archiveLimits.recordBytesPerCommitMax },
    queued: { items: archiveLimits.recordsQueuedMax, bytes: archiveLimits.recordBytesQueuedMax },
    ripening: {
      // A single publisher is not kept waiting, and under load some large groups take turns, being verified, committed
      // and answered for, instead of many small ones that each cost a commit.
      isRipe: (waiting, leaving) => waiting * groupsOnTheirWay >= this.records - leaving,
      waitMsMax: archiveLimits.commitWaitMsMax,
    },
  });
  private records = 0;
  private bytes = 0;

  constructor(
    private readonly verifier: RecordVerifier,
    private readonly log: RecordLog,
    private readonly upkeep: SearchUpkeep,
    private readonly metrics: RecordMetrics,
  ) {}

  /**
   * @returns after the commit
   * @throws HoldfastError the refusal's code; `overloaded`; the database's error when it is gone
   */
  async publish(jws: string): Promise<Published> {
    try {
      return await this.takeIn(jws);
    } catch (error) {
      this.metrics.refused(asHoldfastError(error).code);
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.commits.idle();
    await this.verifier.close();
    this.log.close();
    await this.upkeep.close();
  }

  private async takeIn(jws: string): Promise<Published> {
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

  /** A record that came several times is stored once, and known to whoever came later with it. */
  private async commit(records: readonly VerifiedRecord[]): Promise<AppendOutcome[]> {
    const firsts = new Map<string, VerifiedRecord>();
    for (const record of records) if (!firsts.has(record.id)) firsts.set(record.id, record);
    const distinct = [...firsts.values()];
    const committed = this.metrics.startCommit();
    const appended = await this.log.append(distinct).finally(committed);
    this.upkeep.appended(distinct.length);
    const outcomes = new Map(distinct.map(({ id }, index) => [id, appended[index]!]));
    const answers = records.map((record) => {
      const outcome = outcomes.get(record.id)!;
      return outcome === 'stored' && firsts.get(record.id) !== record ? 'known' : outcome;
    });
    this.metrics.committed(distinct.length, answers);
    return answers;
  }
}
