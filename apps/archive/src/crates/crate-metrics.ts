/** What the operator sees of crates (docs/operating/metrics.md). */
import { Injectable } from '@nestjs/common';
import { Metrics } from '../platform/metrics/metrics.js';
import { CrateEvents } from './crate-events.js';
import { CrateSpace } from './crate-space.js';
import { CollectedMailboxes } from './quotas/collected-mailboxes.js';
import { DepositorQuota } from './quotas/depositor-quota.js';
import { quotaNames } from './quotas/quota-exceeded.js';
import { DataDisk } from '../platform/postgres/data-disk.js';

@Injectable()
export class CrateMetrics {
  constructor(
    metrics: Metrics,
    events: CrateEvents,
    space: CrateSpace,
    depositors: DepositorQuota,
    mailboxes: CollectedMailboxes,
    disk: DataDisk,
  ) {
    const deposited = metrics.counter('holdfast_crates_deposited_total', 'Crates that were taken in.', []);
    events.onArrival((_mailboxes, stored) => deposited.inc(stored.length));
    const left = metrics.counter('holdfast_crates_left_total', 'Crates that have left, by their way out.', [
      'way',
    ]);
    for (const way of ['delivered', 'discarded', 'recalled', 'expired']) left.inc({ way }, 0);
    events.onDeparture((crates) => {
      for (const { state } of crates) left.inc({ way: state });
    });
    const refused = metrics.counter(
      'holdfast_quota_refusals_total',
      'Deposits that found no room, by the quota.',
      ['quota'],
    );
    for (const quota of quotaNames) refused.inc({ quota }, 0);
    events.onRefusal((quota) => refused.inc({ quota }));
    metrics.gauge(
      'holdfast_depositors',
      'Networks and archives whose deposits are counted.',
      () => depositors.count,
    );
    metrics.gauge(
      'holdfast_mailboxes_collected',
      'Empty mailboxes that are remembered because their owners collect here.',
      () => mailboxes.count,
    );
    metrics.gauge(
      'holdfast_data_disk_free_bytes',
      'Bytes free on the disk of the embedded PostgreSQL; NaN with another one.',
      () => disk.freeBytes ?? Number.NaN,
    );
    metrics.gauge('holdfast_crates_waiting', 'Crates that wait in all mailboxes.', () => space.held.crates);
    metrics.gauge(
      'holdfast_crates_waiting_bytes',
      'Bytes of the crates that wait in all mailboxes.',
      () => space.held.bytes,
    );
  }
}
