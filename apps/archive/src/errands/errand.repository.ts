/** What is still to be done at other archives, as the table crate_holder has it: found when it is due, and settled. */
import { Injectable } from '@nestjs/common';
import { encodeBase64url, type CrateState } from '@holdfast/protocol';
import { archiveLimits } from '../limits.js';
import { retryingCrossed } from '../platform/database/crossed-commits.js';
import { Database } from '../platform/database/database.js';
import type { Errand, SettledErrand, Task } from './errand.js';
import { dueSql, envelopesSql, hurrySql, laterSql, settleSql, targetsSql } from './errand.sql.js';

@Injectable()
export class ErrandRepository {
  constructor(private readonly database: Database) {}

  /** Archives where something is due, the longest overdue first. */
  async targetsDue(nowMs: number): Promise<string[]> {
    const values = [new Date(nowMs), archiveLimits.errandTargetsMax];
    const { rows } = await this.database.query<{ url: string }>({ ...targetsSql, values });
    return rows.map(({ url }) => url);
  }

  /** At one archive, at most a batch of them. */
  async due(url: string, nowMs: number): Promise<Errand[]> {
    const values = [url, new Date(nowMs), archiveLimits.errandBatchMax];
    const { rows } = await this.database.query<ErrandRow>({ ...dueSql, values });
    return rows.map((row) => ({
      crate: {
        id: encodeBase64url(row.crate),
        mailbox: encodeBase64url(row.mailbox),
        nonce: row.nonce,
        ackHash: row.ack_hash,
        recallHash: row.recall_hash,
      },
      task: row.task,
      attempts: row.attempts,
      state: row.state,
      sizeBytes: row.size_bytes,
      expiryHour: row.expiry_hour,
      proof: row.proof,
      others: row.others,
    }));
  }

  /** Of those that still wait. */
  async envelopes(crates: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const values = [crates.map(toBytes)];
    const { rows } = await this.database.query<{ id: Buffer; envelope: Buffer }>({ ...envelopesSql, values });
    return new Map(rows.map(({ id, envelope }) => [encodeBase64url(id), envelope]));
  }

  async settle(url: string, settled: readonly SettledErrand[]): Promise<void> {
    if (settled.length === 0) return;
    const values = [
      url,
      settled.map(({ errand }) => toBytes(errand.crate.id)),
      settled.map(({ errand }) => errand.task),
      settled.map(({ archive }) => (archive === undefined ? null : toBytes(archive))),
      settled.map(({ custody }) => custody ?? null),
      settled.map(({ code }) => code ?? null),
      settled.map(({ nextAttemptAt }) => (nextAttemptAt === undefined ? null : new Date(nextAttemptAt))),
    ];
    await retryingCrossed(() => this.database.query({ ...settleSql, values }));
  }

  /** Answers how many errands were waiting for later. In batches: an archive may come back to very many of them. */
  async hurry(url: string, nowMs: number): Promise<number> {
    const values = [url, new Date(nowMs), archiveLimits.errandHurryBatchMax];
    let hurried = 0;
    for (
      let count: number = archiveLimits.errandHurryBatchMax;
      count === archiveLimits.errandHurryBatchMax;
    ) {
      const { rowCount } = await retryingCrossed(() => this.database.query({ ...hurrySql, values }));
      count = rowCount ?? 0;
      hurried += count;
    }
    return hurried;
  }

  /** The soonest of those that are to be tried again later. */
  async later(nowMs: number): Promise<{ crate: string; url: string; at: number }[]> {
    const values = [new Date(nowMs), archiveLimits.errandsQueuedAtStartMax];
    const { rows } = await this.database.query<LaterRow>({ ...laterSql, values });
    return rows.map(({ crate, url, next_attempt_at: next }) => ({
      crate: encodeBase64url(crate),
      url,
      at: next.getTime(),
    }));
  }
}

interface ErrandRow {
  readonly crate: Buffer;
  readonly mailbox: Buffer;
  readonly nonce: Buffer;
  readonly ack_hash: Buffer;
  readonly recall_hash: Buffer;
  readonly task: Task;
  readonly attempts: number;
  readonly state: CrateState;
  readonly size_bytes: number;
  readonly expiry_hour: number;
  readonly proof: Buffer | null;
  readonly others: string[];
}

interface LaterRow {
  readonly crate: Buffer;
  readonly url: string;
  readonly next_attempt_at: Date;
}

const toBytes = (text: string): Buffer => Buffer.from(text, 'base64url');
