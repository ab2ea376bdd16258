/**
 * Takes records in: verified in threads, committed in groups, acknowledged after the commit. Verification of the next
 * batch runs beside the commit of the present one. Everything on its way is counted, and beyond the bound a record is
 * refused as `overloaded` at once, unless it comes from another archive, which waits. spec/records.md, "Publishing".
 */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HoldfastError, type ExpiredRecords, type PublishStatus } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { GroupCommit } from '../../platform/database/group-commit.js';
import { asHoldfastError } from '../../platform/http/failure.js';
import { RecordMetrics } from '../record-metrics.js';
import { IngestRoom } from './ingest-room.js';
import { RecordLog, type AppendOutcome } from './record-log.js';
import { RecordVerifier, type VerifiedRecord } from './record-verifier.js';
import { SearchUpkeep } from './search-upkeep.js';

export interface Published {
  readonly id: string;
  readonly status: PublishStatus;
}

/** What became of a record that another archive has handed over. */
type TakenIn = PublishStatus | HoldfastError;

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
      isRipe: (waiting, leaving) => waiting * groupsOnTheirWay >= this.room.records - leaving,
      waitMsMax: archiveLimits.commitWaitMsMax,
    },
  });
  private readonly room = new IngestRoom();

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
      const kept = await this.publishOne(jws);
      if (kept instanceof HoldfastError) throw kept;
      return kept;
    } catch (error) {
      this.metrics.refused(asHoldfastError(error).code);
      throw error;
    }
  }

  /**
   * What another archive hands over, on the same path, but also what has expired is kept, and it waits for room.
   * @returns after the commits, what became of each, in their order
   * @throws HoldfastError `unavailable`, `overloaded`; the database's error when it is gone: what was committed before is
   * known then
   */
  async takeIn(records: readonly string[]): Promise<TakenIn[]> {
    const failures: unknown[] = [];
    const taken: Promise<TakenIn>[] = [];
    for (const jws of records) {
      const weight = IngestRoom.weightOf(jws);
      await this.room.wait(weight);
      if (failures.length > 0) {
        this.room.leaveShare(weight);
        break;
      }
      taken.push(this.takeOneIn(jws, failures).finally(() => this.room.leaveShare(weight)));
    }
    const outcomes = await Promise.all(taken);
    if (failures.length > 0) throw failures[0];
    return outcomes;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.commits.idle();
    await this.verifier.close();
    this.log.close();
    await this.upkeep.close();
  }

  private async publishOne(jws: string): Promise<Published | HoldfastError> {
    const weight = IngestRoom.weightOf(jws);
    if (!this.room.enter(weight)) {
      throw new HoldfastError('overloaded', 'Too many records wait to be stored: try again in a moment.');
    }
    return this.keep(jws, 'refused').finally(() => this.room.leave(weight));
  }

  /** @param failures where it says what has kept it from being decided */
  private async takeOneIn(jws: string, failures: unknown[]): Promise<TakenIn> {
    try {
      const kept = await this.keep(jws, 'kept');
      if (!(kept instanceof HoldfastError)) return kept.status;
      this.metrics.refused(kept.code);
      return kept;
    } catch (error) {
      failures.push(error);
      return asHoldfastError(error);
    }
  }

  /** Verified and committed, or refused for what it is. */
  private async keep(jws: string, expired: ExpiredRecords): Promise<Published | HoldfastError> {
    const verified = await this.verifier.verify(jws, Math.floor(Date.now() / 1000), expired);
    if (!verified.ok) return new HoldfastError(verified.code, verified.detail);
    const outcome = await this.commits.add(verified.value);
    return outcome instanceof HoldfastError ? outcome : { id: verified.value.id, status: outcome };
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
