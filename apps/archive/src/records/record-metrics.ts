/** What the operator sees of records (docs/operating/metrics.md). */
import { Injectable } from '@nestjs/common';
import { HoldfastError, type ErrorCode, type PublishStatus } from '@holdfast/protocol';
import type { Counter, Histogram } from 'prom-client';
import { Metrics } from '../platform/metrics/metrics.js';
import { RecordFollows } from './follow/record-follows.js';
import type { AppendOutcome } from './ingest/record-log.js';

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const recordsBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256];

@Injectable()
export class RecordMetrics {
  private readonly ingested: Record<PublishStatus, Counter.Internal>;
  private readonly refusals: Counter<'code'>;
  private readonly commitSeconds: Histogram;
  private readonly commitRecords: Histogram;

  constructor(metrics: Metrics, follows: RecordFollows) {
    const ingested = metrics.counter('holdfast_records_ingested_total', 'Records that were acknowledged.', [
      'status',
    ]);
    this.ingested = {
      stored: ingested.labels('stored'),
      known: ingested.labels('known'),
      retracted: ingested.labels('retracted'),
    };
    this.refusals = metrics.counter('holdfast_records_refused_total', 'Records that were not acknowledged.', [
      'code',
    ]);
    this.commitSeconds = metrics.histogram(
      'holdfast_record_commit_duration_seconds',
      'How long the commit of a group of records takes, failed ones included.',
      secondsBuckets,
    );
    this.commitRecords = metrics.histogram(
      'holdfast_record_commit_records',
      'How many records are committed together.',
      recordsBuckets,
    );
    metrics.gauge('holdfast_follows', 'Follows that are open, over all connections.', () => follows.count);
  }

  /** Once a group, and not once a record: ingest is the hottest path. */
  committed(distinct: number, outcomes: readonly AppendOutcome[]): void {
    this.commitRecords.observe(distinct);
    const counts = { stored: 0, known: 0, retracted: 0 };
    for (const outcome of outcomes) if (!(outcome instanceof HoldfastError)) counts[outcome] += 1;
    for (const status of ['stored', 'known', 'retracted'] as const) {
      if (counts[status] > 0) this.ingested[status].inc(counts[status]);
    }
  }

  /** Answers what ends the measuring of a commit that begins now. */
  startCommit(): () => void {
    return this.commitSeconds.startTimer();
  }

  refused(code: ErrorCode): void {
    this.refusals.inc({ code });
  }
}
