/** What the operator sees of crates (docs/operating/metrics.md). */
import { Injectable } from '@nestjs/common';
import { Metrics } from '../platform/metrics/metrics.js';
import { CrateEvents } from './crate-events.js';
import { CrateSpace } from './crate-space.js';

@Injectable()
export class CrateMetrics {
  constructor(metrics: Metrics, events: CrateEvents, space: CrateSpace) {
    const deposited = metrics.counter('holdfast_crates_deposited_total', 'Crates that were taken in.', []);
    events.onArrival((_mailboxes, stored) => deposited.inc(stored));
    const left = metrics.counter('holdfast_crates_left_total', 'Crates that have left, by their way out.', [
      'way',
    ]);
    for (const way of ['delivered', 'discarded', 'recalled', 'expired']) left.inc({ way }, 0);
    events.onDeparture((crates) => {
      for (const { state } of crates) left.inc({ way: state });
    });
    metrics.gauge('holdfast_crates_waiting', 'Crates that wait in all mailboxes.', () => space.held.crates);
    metrics.gauge(
      'holdfast_crates_waiting_bytes',
      'Bytes of the crates that wait in all mailboxes.',
      () => space.held.bytes,
    );
  }
}
