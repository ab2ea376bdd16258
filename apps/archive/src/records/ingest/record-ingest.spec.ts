import { describe, expect, it } from '@jest/globals';
import { accepted, refused, type HoldfastError } from '@holdfast/protocol';
import { archiveLimits } from '../../limits.js';
import { Metrics } from '../../platform/metrics/metrics.js';
import type { RecordFollows } from '../follow/record-follows.js';
import { RecordMetrics } from '../record-metrics.js';
import { RecordIngest } from './record-ingest.js';
import type { AppendOutcome, RecordLog } from './record-log.js';
import type { RecordVerifier, VerifiedRecord } from './record-verifier.js';
import type { SearchUpkeep } from './search-upkeep.js';

/** Everything is a record, named by its text. */
const verifier: RecordVerifier = {
  verify: async (jws, _now, expired = 'refused') => {
    if (jws.startsWith('forged'))
      return refused('record-signature-invalid', 'The signature does not verify.');
    if (jws.startsWith('expired') && expired === 'refused')
      return refused('record-expired', 'It has expired.');
    return accepted({ id: jws, sizeBytes: jws.length, row: '{}', isRetraction: false });
  },
  close: async () => {},
};

/** A log that commits when it is told to. */
class HeldLog {
  readonly groups: string[][] = [];
  private end: ((error?: Error) => void) | undefined;
  private began = (): void => {};

  async append(records: readonly VerifiedRecord[]): Promise<AppendOutcome[]> {
    this.groups.push(records.map(({ id }) => id));
    this.began();
    await new Promise<void>((resolve, reject) => {
      this.end = (error) => (error === undefined ? resolve() : reject(error));
    });
    return records.map(() => 'stored');
  }

  close(): void {}

  async begun(count: number): Promise<void> {
    while (this.groups.length < count) await new Promise<void>((resolve) => (this.began = resolve));
  }

  finish(error?: Error): void {
    this.end!(error);
  }
}

function open() {
  const log = new HeldLog();
  const upkeep = { appended: () => {}, close: async () => {} } as unknown as SearchUpkeep;
  const metrics = new Metrics({ metricsPort: undefined, host: '127.0.0.1' });
  const recordMetrics = new RecordMetrics(metrics, { count: 0 } as RecordFollows);
  const ingest = new RecordIngest(verifier, log as unknown as RecordLog, upkeep, recordMetrics);
  return { log, metrics, ingest };
}

const statusOf = (published: Promise<{ status: string }>) =>
  published.then(
    ({ status }) => status,
    (error: HoldfastError) => error.code ?? error.message,
  );

describe('the ingest of records', () => {
  it('commits a lone record at once, and together what arrives meanwhile', async () => {
    const { log, ingest } = open();
    const first = ingest.publish('a');
    await log.begun(1);
    const later = ['b', 'c'].map((jws) => ingest.publish(jws));
    log.finish();
    expect(await first).toEqual({ id: 'a', status: 'stored' });
    await log.begun(2);
    log.finish();
    await Promise.all(later);
    expect(log.groups).toEqual([['a'], ['b', 'c']]);
  });

  it('stores what came several times once, and tells the later ones that it is known', async () => {
    const { log, ingest } = open();
    const all = ['a', 'b', 'a', 'a'].map((jws) => statusOf(ingest.publish(jws)));
    await log.begun(1);
    log.finish();
    expect(await Promise.all(all)).toEqual(['stored', 'stored', 'known', 'known']);
    expect(log.groups).toEqual([['a', 'b']]);
  });

  it('tells all of a group when it fails, and goes on with the next', async () => {
    const { log, ingest } = open();
    const failing = ['a', 'a'].map((jws) => statusOf(ingest.publish(jws)));
    await log.begun(1);
    const next = statusOf(ingest.publish('b'));
    log.finish(new Error('gone'));
    expect(await Promise.all(failing)).toEqual(['gone', 'gone']);
    await log.begun(2);
    log.finish();
    expect(await next).toBe('stored');
  });

  it('counts what it has acknowledged and refused, and what its commits cost', async () => {
    const { log, metrics, ingest } = open();
    const all = ['a', 'b', 'a'].map((jws) => statusOf(ingest.publish(jws)));
    await log.begun(1);
    const failing = statusOf(ingest.publish('c'));
    log.finish();
    await log.begun(2);
    log.finish(Object.assign(new Error('gone'), { code: '57P01' }));
    await Promise.all([...all, failing]);
    const lines = (await metrics.text()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'holdfast_records_ingested_total{status="stored"} 2',
        'holdfast_records_ingested_total{status="known"} 1',
        'holdfast_records_refused_total{code="unavailable"} 1',
        'holdfast_record_commit_records_sum 2',
        'holdfast_record_commit_records_count 1',
        'holdfast_record_commit_duration_seconds_count 2',
      ]),
    );
  });

  it('refuses at once what would make too many wait', async () => {
    const { log, ingest } = open();
    const many = Array.from({ length: archiveLimits.recordsQueuedMax }, (_, i) => ingest.publish(`r${i}`));
    expect(await statusOf(ingest.publish('one more'))).toBe('overloaded');
    const all = Promise.all(many);
    const groups = archiveLimits.recordsQueuedMax / archiveLimits.recordsPerCommitMax;
    for (let group = 1; group <= groups; group++) {
      await log.begun(group);
      log.finish();
    }
    await all;
    expect(log.groups).toHaveLength(groups);
    expect(await Promise.race([ingest.publish('and another'), log.begun(groups + 1)])).toBeUndefined();
    log.finish();
    await ingest.onApplicationShutdown();
  });

  it('keeps what has expired when an archive hands it over, and says what it refuses in its place', async () => {
    const { log, ingest } = open();
    const taken = ingest.takeIn(['a', 'forged', 'expired', 'a']);
    await log.begun(1);
    log.finish();
    expect(await taken).toEqual([
      'stored',
      expect.objectContaining({ code: 'record-signature-invalid' }),
      'stored',
      'known',
    ]);
    expect(await statusOf(ingest.publish('expired'))).toBe('record-expired');
  });

  it('takes in a part of what archives hand over at a time, and leaves the other room to clients', async () => {
    const { log, ingest } = open();
    const handedOver = Array.from({ length: 2 * archiveLimits.recordsHandedOverMax }, (_, i) => `h${i}`);
    const taken = ingest.takeIn(handedOver);
    await log.begun(1);
    const left = archiveLimits.recordsQueuedMax - archiveLimits.recordsHandedOverMax;
    const clients = Array.from({ length: left }, (_, i) => statusOf(ingest.publish(`c${i}`)));
    expect(await statusOf(ingest.publish('one more'))).toBe('overloaded');
    const groups = (archiveLimits.recordsQueuedMax + archiveLimits.recordsHandedOverMax) / 256;
    for (let group = 1; group <= groups; group++) {
      await log.begun(group);
      log.finish();
    }
    expect(new Set(await Promise.all(clients))).toEqual(new Set(['stored']));
    expect(await taken).toEqual(handedOver.map(() => 'stored'));
    const firsts = log.groups.slice(0, archiveLimits.recordsHandedOverMax / 256).flat();
    expect(firsts).toEqual(handedOver.slice(0, archiveLimits.recordsHandedOverMax));
  });

  it('answers for nothing that an archive has handed over when the log fails, and goes on afterwards', async () => {
    const { log, ingest } = open();
    const handedOver = Array.from({ length: 2 * archiveLimits.recordsHandedOverMax }, (_, i) => `h${i}`);
    const taken = ingest.takeIn(handedOver).catch((error: Error) => error.message);
    await log.begun(1);
    log.finish(new Error('gone'));
    for (let group = 2; group <= archiveLimits.recordsHandedOverMax / 256; group++) {
      await log.begun(group);
      log.finish();
    }
    expect(await Promise.race([taken, log.begun(6)])).toBe('gone');
    const again = ingest.takeIn(['a']);
    await log.begun(log.groups.length + 1);
    log.finish();
    expect(await again).toEqual(['stored']);
  });
});
