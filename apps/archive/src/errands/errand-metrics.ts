/** What the operator sees of the errands at other archives (docs/operating/metrics.md). */
import { Injectable } from '@nestjs/common';
import { Metrics } from '../platform/metrics/metrics.js';
import type { Task } from './errand.js';

@Injectable()
export class ErrandMetrics {
  private readonly errands;
  private readonly offers;
  private readonly news;

  constructor(private readonly metrics: Metrics) {
    this.errands = metrics.counter('holdfast_errands_total', 'Errands at other archives that were tried.', [
      'task',
      'outcome',
    ]);
    for (const task of ['bring', 'tell']) {
      for (const outcome of ['done', 'failed']) this.errands.inc({ task, outcome }, 0);
    }
    this.offers = metrics.counter('holdfast_offers_total', 'Crates that other archives have offered.', [
      'answer',
    ]);
    this.news = metrics.counter(
      'holdfast_told_departures_total',
      'Ways out that other archives have told of.',
      ['answer'],
    );
  }

  count(task: Task, outcome: 'done' | 'failed'): void {
    this.errands.inc({ task, outcome });
  }

  countOffer(answer: string): void {
    this.offers.inc({ answer });
  }

  countDeparture(answer: string): void {
    this.news.inc({ answer });
  }

  countFailingTargets(read: () => number): void {
    this.metrics.gauge('holdfast_errand_targets_failing', 'Archives at which the last errands failed.', read);
  }
}
